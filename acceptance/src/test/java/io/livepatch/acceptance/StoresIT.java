package io.livepatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stack on a store that units share, from nothing to a machine that fetched a patch. */
final class StoresIT {
    private Path work;
    private Path home;
    private Scripts scripts;

    @BeforeEach
    void makeRoom() throws IOException {
        work = Files.createTempDirectory("lp");
        work.toFile().setExecutable(true, false);
        home = work.resolve("home");
        scripts = new Scripts(Map.of(
                "LIVEPATCH_HOME", home.toString(),
                "LIVEPATCH_SUBNET", "127.0." + (100 + ProcessHandle.current().pid() % 100),
                "LIVEPATCH_SAMPLES", work.resolve("samples").toString()));
        scripts.run(
                        "sample-patches",
                        "--no-apt",
                        "--out",
                        work.resolve("samples").toString())
                .expectSuccess();
    }

    @AfterEach
    void leaveNothing() throws IOException {
        scripts.run("down", "--purge");
        assertThat(Processes.of(home)).isEmpty();
        try (var files = Files.walk(work)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Test
    void s3ServesTwoUnitsFromTheStart() throws Exception {
        int port = freePort();
        try (S3Script s3 = S3Script.start(scripts, port, work.resolve("s3"))) {
            Scripts there = scripts.with(Map.of("LIVEPATCH_S3_ENDPOINT", "http://127.0.0.1:" + port));

            assertThat(there.run("up", "--no-build", "--store", "s3")
                            .expectSuccess()
                            .output())
                    .containsPattern("sha256 [0-9a-f]{64}");

            there.run("juju", "add-unit", "livepatch", "-n", "1").expectSuccess();
            there.run("juju", "wait-for", "--timeout", "2m").expectSuccess();
            assertThat(s3.objects()).as("patches in the bucket").isPositive();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
