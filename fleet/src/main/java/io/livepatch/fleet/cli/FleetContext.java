package io.livepatch.fleet.cli;

import java.io.Console;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** The environment of a command, which tests replace. */
record FleetContext(
        PrintWriter out,
        PrintWriter err,
        PrintStream progress,
        boolean terminal,
        Map<String, String> environment,
        InstantSource clock) {

    static FleetContext ofProcess() {
        return new FleetContext(
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                System.err,
                Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent(),
                System.getenv(),
                InstantSource.system());
    }
}
