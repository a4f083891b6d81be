package io.livepatch.fleet.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in its own process, as an operator runs it, with its exit codes. */
final class ClientProcessIT {
    private record Outcome(int exit, String printed) {}

    @TempDir
    Path directory;

    private Outcome client(String prefix, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", prefix + "exec \"$@\"", "sh"));
        command.addAll(JavaCommand.program(Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        Path printed = directory.resolve("printed");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        builder.environment()
                .put("LIVEPATCH_CLIENT_HOME", directory.resolve("home").toString());
        int exit = builder.start().onExit().join().exitValue();
        return new Outcome(exit, Files.readString(printed, UTF_8));
    }

    @Test
    void machineDownloadsItsPatchOverHttpsAndReportsAFullDisk() throws Exception {
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost");
        Path ca = Files.writeString(directory.resolve("ca.pem"), certificate.pem());
        try (ScriptedServer server = ScriptedServer.https(certificate.server())) {
            FakeLivepatchServer fakeServer = new FakeLivepatchServer(server);
            fakeServer.offerPatch();

            assertThat(client("", "refresh").exit()).isEqualTo(1);
            assertThat(client("", "config", "remote-server=" + server.uri(""), "ca-certs=" + ca)
                            .exit())
                    .isZero();
            Outcome enabled = client(
                    "",
                    "enable",
                    "--kernel",
                    Samples.PLATFORM.kernel().text(),
                    "--architecture",
                    "amd64",
                    FakeLivepatchServer.AUTH_TOKEN);
            assertThat(enabled.exit()).as(enabled.printed()).isZero();

            // No file may grow beyond 64 KiB, which simulates a full disk.
            Outcome full = client("ulimit -f 64; trap '' XFSZ; ", "refresh");
            assertThat(full.exit()).as(full.printed()).isEqualTo(1);
            assertThat(full.printed())
                    .contains("cannot store '" + Samples.NAME + "'")
                    .contains("File too large");

            Outcome refreshed = client("", "refresh");
            assertThat(refreshed.exit()).as(refreshed.printed()).isZero();
            assertThat(directory.resolve("home/patches/" + Samples.NAME)).hasBinaryContent(FakeLivepatchServer.PATCH);
        }
    }
}
