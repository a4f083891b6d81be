package io.livepatch.supervisor;

import java.nio.file.Path;

/**
 * The log files of a pool. Worker 0 writes to {@code unit.log}, worker 1 to {@code unit-1.log}, and so on, with mode 600. Files are
 * rotated at the end of a line; {@code unit.log.1} is the newest old one.
 *
 * @param maxBytes the size at which a file is rotated; only a line that would also fill the next file is split
 * @param keep the number of old files
 */
public record LogSpec(Path file, long maxBytes, int keep) {

    public LogSpec {
        Preconditions.that(file.isAbsolute(), "log file", file, "the path must be absolute");
        Preconditions.that(maxBytes >= 1024, "log size", maxBytes, "it must be at least 1024 bytes");
        Preconditions.that(keep >= 0 && keep <= 1000, "number of old logs", keep, "from 0 to 1000");
    }

    /** Files of 10 MiB, three old ones. */
    public static LogSpec of(Path file) {
        return new LogSpec(file, 10 << 20, 3);
    }

    public Path fileOf(int worker) {
        if (worker == 0) {
            return file;
        }
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        String extension = dot > 0 ? name.substring(dot) : "";
        return file.resolveSibling(stem + "-" + worker + extension);
    }
}
