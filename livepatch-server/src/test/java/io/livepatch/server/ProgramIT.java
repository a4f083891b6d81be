package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.StorageConfig;
import io.livepatch.testing.PostgresServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Errors at the start: one clear message, exit code 2, and no partial start. */
final class ProgramIT {
    @TempDir
    Path work;

    private TestDatabase database;
    private Map<String, String> environment;

    @BeforeEach
    void describe() {
        database = TestDatabase.fresh();
        environment = ServerProcess.environment(database.dsn(), work.resolve("store"));
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    @Test
    void everyErrorInTheConfigurationIsReportedAtOnce() {
        environment.put("LP_SERVER_DRAIN", "soon");
        environment.put("LP_SERVER_URL_TEMPLATE", "no-url");
        environment.put("LP_SERVER_SERVER_ADRESS", ":8080");

        assertThat(refusal()).contains("server.drain", "soon", "server.url-template", "no-url", "SERVER_ADRESS");
        assertThat(work.resolve("store")).doesNotExist();
    }

    @Test
    void theConfigurationInEffectIsPrintedWithoutSecretsAndNothingIsStarted() {
        try (ServerProcess server = ServerProcess.start(environment, "--print-config")) {
            assertThat(server.exitCode()).as(server.output()).isZero();
            assertThat(server.output())
                    .contains("\n  connection-string: '***'\n", "\n  filesystem-path: " + work.resolve("store"))
                    .contains("\n  drain: ", "\n  scrub-rate: 4MiB\n");
        }
        assertThat(work.resolve("store")).doesNotExist();
    }

    @Test
    void portInUseIsNamed() throws Exception {
        String address = environment.get("LP_SERVER_SERVER_ADDRESS");
        int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        try (ServerSocket other = new ServerSocket()) {
            other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));

            assertThat(refusal()).contains("cannot listen on 127.0.0.1 port " + port, "server.server-address");
        }
    }

    @Test
    void aStoreOfAnotherUnitIsLeftAlone() {
        try (PatchStore other = PatchStores.open(new StorageConfig.Filesystem(work.resolve("store"), "livepatch/9"))) {
            assertThat(refusal()).contains("livepatch/9", "patch-storage");
            assertThat(other.check().ok()).isTrue();
        }
    }

    @Test
    void aStoreThatIsNoDirectoryIsNamed() throws Exception {
        Files.writeString(work.resolve("store"), "a file");

        assertThat(refusal()).contains(work.resolve("store").toString());
    }

    @Test
    void outdatedSchemaNamesTheSchemaTool() {
        environment.put("LP_DATABASE_CONNECTION_STRING", PostgresServer.shared().newDatabase());

        assertThat(refusal()).contains("livepatch-schema-tool upgrade");
    }

    @Test
    void theStorageCommandPrintsItsAnswerAndNothingElse() {
        try (ServerProcess command = ServerProcess.start(environment, "storage", "status", "--format", "json")) {
            assertThat(command.exitCode()).as(command.output()).isZero();
            assertThat(command.output())
                    .startsWith("{\"type\":\"filesystem\"")
                    .endsWith("}\n")
                    .hasLineCount(1);
        }
    }

    private String refusal() {
        try (ServerProcess server = ServerProcess.start(environment)) {
            assertThat(server.exitCode()).as(server.output()).isEqualTo(2);
            assertThat(server.output()).contains("livepatch-server: ").doesNotContain("\tat ");
            return server.output();
        }
    }
}
