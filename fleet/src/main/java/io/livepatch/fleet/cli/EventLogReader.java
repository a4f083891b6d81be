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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads events from a log: lines with a timestamp, optionally after a name, as in {@code juju debug-log}. */
final class EventLogReader {
    private static final int MAX_TEXT = 200;

    /** A time without a zone is UTC, as in the debug log of the local model. */
    private static final Pattern LINE = Pattern.compile(
            "(?<source>\\S+: )?(?<day>\\d{4}-\\d\\d-\\d\\d)[T ](?<time>\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?)(?<zone>Z|[+-]\\d\\d:\\d\\d)?\\s+(?<text>.+)");

    private EventLogReader() {}

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
                throw new IOException("it exited with " + code);
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot read the events of the stack: '%s' failed: %s".formatted(command, e.getMessage()), e);
        }
    }

    static List<Event> read(String text) {
        return text.lines().flatMap(line -> event(line).stream()).toList();
    }

    private static Optional<Event> event(String line) {
        Matcher parts = LINE.matcher(line.strip());
        if (!parts.matches()) {
            return Optional.empty();
        }
        String text = Optional.ofNullable(parts.group("source")).orElse("") + parts.group("text");
        String shown = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT - 1) + "…" : text;
        String zone = Optional.ofNullable(parts.group("zone")).orElse("Z");
        return moment(parts.group("day") + "T" + parts.group("time") + zone).map(at -> new Event(at, shown, "stack"));
    }

    private static Optional<Instant> moment(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
