package io.livepatch.supervisor.admin;

import io.livepatch.common.http.SnakeCaseJson;
import io.livepatch.supervisor.debug.Debugging.Requester;
import io.livepatch.supervisor.output.Line;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/** Writes the recent output lines of a worker to a client, and optionally the lines that follow. */
final class OutputTail {

    private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

    /** The JSON form of a line. */
    private record JsonLine(Instant at, String stream, int process, String text) {
        static JsonLine of(Line line) {
            return new JsonLine(line.at(), line.stream().label(), line.process(), line.text());
        }
    }

    private final Supplier<List<Line>> recent;
    private final boolean json;

    OutputTail(Supplier<List<Line>> recent, boolean json) {
        this.recent = recent;
        this.json = json;
    }

    void writeRecent(OutputStream out) throws IOException {
        write(out, recent.get());
    }

    /** Writes until the client disconnects. Lines that arrive faster than the client reads are dropped; no worker waits for a client. */
    void follow(OutputStream out, Requester requester) throws IOException {
        List<Line> seen = List.of();
        while (!requester.gone()) {
            List<Line> now = List.copyOf(recent.get());
            write(out, newer(seen, now));
            out.flush();
            seen = now;
            try {
                Thread.sleep(POLL_INTERVAL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** The lines at the end of {@code now} that are not in {@code before}; the buffer may have dropped old lines in between. */
    static List<Line> newer(List<Line> before, List<Line> now) {
        for (int dropped = 0; dropped < before.size(); dropped++) {
            List<Line> kept = before.subList(dropped, before.size());
            if (kept.size() <= now.size() && kept.equals(now.subList(0, kept.size()))) {
                return now.subList(kept.size(), now.size());
            }
        }
        return now;
    }

    private void write(OutputStream out, List<Line> lines) throws IOException {
        for (Line line : lines) {
            out.write(
                    json ? SnakeCaseJson.bytes(JsonLine.of(line)) : line.text().getBytes(StandardCharsets.UTF_8));
            out.write('\n');
        }
    }
}
