package io.livepatch.fleet.cli;

import io.livepatch.fleet.report.RunReport.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/** What somebody else's log says: each line that begins with a moment, as {@code juju debug-log} has them. */
final class StackEvents {
    private static final int MAX_TEXT = 200;

    private StackEvents() {}

    /**
     * Runs a command in the shell and reads what it prints.
     *
     * @throws UncheckedIOException if it fails
     */
    static List<Event> of(String command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder("sh", "-c", command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process.getOutputStream().close();
            List<Event> events = read(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException("it ended with " + code);
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "what happened to the stack is not known: '%s' failed: %s".formatted(command, e.getMessage()), e);
        }
    }

    static List<Event> read(String text) {
        return text.lines().flatMap(line -> event(line).stream()).toList();
    }

    private static Optional<Event> event(String line) {
        String[] parts = line.strip().split("\\s+", 2);
        if (parts.length < 2) {
            return Optional.empty();
        }
        String rest = parts[1].length() > MAX_TEXT ? parts[1].substring(0, MAX_TEXT - 1) + "…" : parts[1];
        return moment(parts[0]).map(at -> new Event(at, rest, "stack"));
    }

    private static Optional<Instant> moment(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
