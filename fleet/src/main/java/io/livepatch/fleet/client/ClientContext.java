package io.livepatch.fleet.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.fleet.protocol.CallPolicy;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * All of the outside world that the program sees, so that it runs inside a test as it does in a shell.
 *
 * @param root where {@code etc} and {@code proc} are
 * @param terminal whether a person watches: then progress is drawn
 */
record ClientContext(
        Map<String, String> environment,
        Path root,
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        boolean terminal,
        CallPolicy patience,
        InstantSource clock,
        RandomGenerator random) {
    private static final int MAX_INPUT = 1 << 20;

    static ClientContext ofProcess() {
        return new ClientContext(
                System.getenv(),
                Path.of("/"),
                System.in,
                new PrintWriter(System.out, true, UTF_8),
                new PrintWriter(System.err, true, UTF_8),
                Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent(),
                CallPolicy.USUAL,
                Clock.systemUTC(),
                new SplittableRandom());
    }

    /** All of standard input, within reason. */
    String readInput() {
        try {
            return new String(in.readNBytes(MAX_INPUT), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read standard input", e);
        }
    }
}
