package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.JavaCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A unit whose store is a disk of 4 MiB, and livepatch-admin, which sends it more: directly and through haproxy. The disk is a tmpfs in
 * the mount namespace of the unit's process, which needs no root and goes with the process.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FullDiskIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int LARGEST = 16;

    @TempDir
    static Path work;

    private TestDatabase database;
    private ServerProcess server;
    private Process haproxy;
    private Map<String, String> ways;
    private int files;

    @BeforeAll
    void start() throws Exception {
        database = TestDatabase.fresh();
        Path store = Files.createDirectories(store());
        Map<String, String> environment = ServerProcess.environment(database.dsn(), store);
        environment.put("LP_SERVER_MAX_PATCH_SIZE", LARGEST + "MiB");
        server = ServerProcess.readyWithin(
                List.of(
                        "unshare",
                        "--map-root-user",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=4m none '" + store + "' && exec \"$@\"",
                        "sh"),
                environment);
        String direct = environment.get("LP_SERVER_SERVER_ADDRESS");
        int port = FreePorts.one();
        haproxy = haproxy(port, direct);
        ways = Map.of("direct", "http://" + direct, "haproxy", "http://127.0.0.1:" + port);
        await("haproxy listens").atMost(PATIENCE).until(() -> listens(port));
        for (String way : ways.keySet()) {
            assertThat(admin(way, "login", "-a", "ann:" + ServerProcess.PASSWORD)
                            .exitCode())
                    .isZero();
        }
    }

    @AfterAll
    void end() throws InterruptedException {
        haproxy.destroyForcibly().waitFor();
        server.close();
        database.close();
    }

    private Path store() {
        return work.resolve("store");
    }

    private Process haproxy(int port, String unit) throws IOException {
        Path file = Files.writeString(work.resolve("haproxy.cfg"), """
                global
                    stats timeout 1s
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 30s
                    timeout server 30s
                frontend machines
                    bind 127.0.0.1:%d
                    default_backend units
                backend units
                    option redispatch
                    retry-on conn-failure empty-response
                    server unit %s
                """.formatted(port, unit));
        return new ProcessBuilder("/usr/sbin/haproxy", "-db", "-f", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("haproxy.log").toFile())
                .start();
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private record Said(int exitCode, String text) {}

    /** Runs livepatch-admin in its own process. */
    private Said admin(String way, String... arguments) throws Exception {
        Path output = work.resolve("admin.log");
        ProcessBuilder builder = new ProcessBuilder(JavaCommand.program("io.livepatch.server.admin.Main", "-Xmx64m"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("LIVEPATCH_URL", ways.get(way));
        builder.environment().put("LIVEPATCH_ADMIN_HOME", home(way).toString());
        Process process = builder.start();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), Files.readString(output, UTF_8));
    }

    private Path home(String way) {
        return work.resolve("home-" + way);
    }

    private Path patch(int size) throws IOException {
        String name = "livepatch-5.15.0-107.117-generic-%d.1-amd64.tar.bz2".formatted(++files);
        return Files.write(work.resolve(name), PatchFiles.bytes(name, size, size));
    }

    private Said add(String way, Path patch) throws Exception {
        return admin(way, "patch", "add", patch.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "haproxy"})
    void fullStoreIsNamedWithItsFreeSpaceAndTheRemedy(String way) throws Exception {
        for (int mebibytes : List.of(5, LARGEST)) {
            Said said = add(way, patch(mebibytes << 20));

            assertThat(said.text())
                    .as("%d MiB", mebibytes)
                    .contains("(507)", store().toString(), "of 4.0 MiB free", "free some room");
            assertThat(said.exitCode()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "haproxy"})
    void aPatchThatIsTooLongIsRefusedInTheServersWords(String way) throws Exception {
        Said said = add(way, patch((LARGEST + 1) << 20));

        assertThat(said.text()).contains("(413)", "server.max-patch-size");
        assertThat(said.exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "haproxy"})
    void anotherPatchOfTheSameNameIsAConflict(String way) throws Exception {
        Path patch = patch(1000);
        assertThat(add(way, patch).exitCode()).isZero();
        Files.write(patch, new byte[3 << 20]);

        Said said = add(way, patch);

        assertThat(said.text()).contains("(409)", "is there already with sha256");
        assertThat(said.exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "haproxy"})
    void invalidSessionIsReportedBeforeTheBytesAreSent(String way) throws Exception {
        Path patch = patch(5 << 20);
        Path token = home(way).resolve("admin-token.json");
        String valid = Files.readString(token);
        Files.writeString(token, valid.replaceAll(":\\s*\"[^\"]{20,}\"", ":\"no-session\""));

        Said said = add(way, patch);
        Files.writeString(token, valid);

        assertThat(said.text()).contains("run livepatch-admin login");
        assertThat(said.exitCode()).isEqualTo(1);
    }
}
