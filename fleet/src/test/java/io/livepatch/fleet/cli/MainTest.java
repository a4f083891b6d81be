package io.livepatch.fleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.cli.Version;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program without a server. */
final class MainTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        FleetContext context = new FleetContext(
                new PrintWriter(out), new PrintWriter(err), nowhere, false, Map.of(), InstantSource.system());
        return Main.commandLine(context).execute(arguments);
    }

    @Test
    void flockWithoutATokenIsAUsageError() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path file = Files.writeString(folder.resolve("fleet.yaml"), """
                    server: {url: 'http://127.0.0.1:1', allow-http: true}
                    api: {listen: '127.0.0.1:%d'}
                    flocks:
                      - {name: idle, count: 1, business: empty-loop}
                      - {name: office, count: 1, business: check-in}
                      - {name: herd, count: 1, business: thundering-herd}
                    """.formatted(taken.getLocalPort()));

            assertThat(run("serve", "-c", file.toString())).isEqualTo(Main.USAGE);
        }

        assertThat(err.toString())
                .isEqualToIgnoringNewLines(
                        "fleet: the machines of 'office', 'herd' enrol, and there is no auth token; give server.auth-token-file\n");
    }

    @Test
    void unknownArgumentsAreRefused() {
        for (String words : new String[] {
            "run -c absent.yaml extra",
            "run -c absent.yaml --bogus",
            "serve -c absent.yaml extra",
            "gate -c absent.yaml --bogus -- true",
            "nonsense"
        }) {
            assertThat(run(words.split(" "))).as(words).isEqualTo(Main.USAGE);
        }
        assertThat(err.toString()).contains("extra").contains("--bogus").doesNotContain("no such file");
    }

    @Test
    void versionIsPrinted() {
        assertThat(run("--version")).isZero();
        assertThat(run("run", "--help")).isZero();

        assertThat(out.toString()).startsWith("fleet " + Version.current());
    }
}
