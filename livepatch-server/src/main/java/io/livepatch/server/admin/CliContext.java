package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * All of the outside world that the program sees, so that it runs inside a test as it does in a shell.
 *
 * @param terminal where a person can be asked; progress is drawn only then
 * @param silence how long a server may say nothing
 */
record CliContext(
        Map<String, String> environment,
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        Optional<Console> terminal,
        Duration silence) {
    private static final int MAX_INPUT = 64 << 10;

    static CliContext ofProcess() {
        return new CliContext(
                System.getenv(),
                System.in,
                new PrintWriter(System.out, true, UTF_8),
                new PrintWriter(System.err, true, UTF_8),
                Optional.ofNullable(System.console()).filter(Console::isTerminal),
                Duration.ofSeconds(60));
    }

    /** A variable that is set to something. */
    Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    /** The first line of standard input. */
    String readLine() {
        try {
            return new String(in.readNBytes(MAX_INPUT), UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read standard input", e);
        }
    }

    /** The folder of the operator's sessions. */
    Path home() {
        return variable("LIVEPATCH_ADMIN_HOME")
                .map(Path::of)
                .orElseGet(() -> variable("XDG_CONFIG_HOME")
                        .map(Path::of)
                        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".config"))
                        .resolve("livepatch"));
    }
}
