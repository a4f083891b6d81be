package io.livepatch.fleet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.livepatch.fleet.report.RunReport.Event;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLogReaderTest {

    @Test
    void linesWithATimestampAreEvents() {
        List<Event> events = EventLogReader.read("""
                unit-haproxy-0: 2026-11-21 20:07:39.225 INFO reloaded
                2026-11-21T20:07:40Z scaled
                2026-11-21T22:07:41+02:00 failed over
                no moment 2026-11-21T20:07:42Z
                2026-99-21T20:07:40Z no such day
                """);

        assertThat(events)
                .containsExactly(
                        new Event(Instant.parse("2026-11-21T20:07:39.225Z"), "unit-haproxy-0: INFO reloaded", "stack"),
                        new Event(Instant.parse("2026-11-21T20:07:40Z"), "scaled", "stack"),
                        new Event(Instant.parse("2026-11-21T20:07:41Z"), "failed over", "stack"));
    }

    @Test
    void eventsAreReadFromACommand() throws InterruptedException {
        assertThat(EventLogReader.of("echo 2026-11-21T20:07:40Z '" + "x".repeat(300) + "'"))
                .singleElement()
                .satisfies(event -> assertThat(event.text()).hasSize(200).endsWith("…"));
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> EventLogReader.of("exit 3"))
                .withMessageContaining("'exit 3' failed: it exited with 3");
    }
}
