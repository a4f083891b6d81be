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

/** What somebody else's log says: each line that begins with a moment, or with somebody's name and a moment, as in {@code juju debug-log}. */
final class EventLogReader {
    private static final int MAX_TEXT = 200;

    /** Without a zone it is UTC, as in the debug log of the local model. */
    private static final Pattern LINE = Pattern.compile(
            "(?<who>\\S+: )?(?<day>\\d{4}-\\d\\d-\\d\\d)[T ](?<time>\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?)(?<zone>Z|[+-]\\d\\d:\\d\\d)?\\s+(?<text>.+)");

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
        Matcher parts = LINE.matcher(line.strip());
        if (!parts.matches()) {
            return Optional.empty();
        }
        String text = Optional.ofNullable(parts.group("who")).orElse("") + parts.group("text");
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
