package io.livepatch.charm.local;

import io.livepatch.supervisor.WorkerInfo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** The last thing that a process said: most often why it ended. */
final class LogTail {
    private static final int TAIL = 4096;
    private static final int SHOWN = 300;

    private LogTail() {}

    /** As the end of a message about this worker; empty when it has said nothing. */
    static String after(WorkerInfo worker) {
        return worker.log().flatMap(LogTail::of).map(line -> ": " + line).orElse("");
    }

    private static Optional<String> of(Path log) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] tail = new byte[(int) Math.min(TAIL, file.length())];
            file.seek(file.length() - tail.length);
            file.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .reduce((_, last) -> last)
                    .map(line -> line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
