package io.livepatch.supervisor;

import java.nio.file.Path;

/**
 * Where output goes. Worker 0 writes to {@code file}, worker 1 of {@code unit.log} to {@code unit-1.log}, and so on. Files
 * are rotated at the end of a line: {@code unit.log.1} is the newest old one. Their mode is 600.
 *
 * @param maxBytes the size that a file is rotated at; a line is not torn for it unless it fills a whole second file
 * @param keep how many old files stay
 */
public record LogSpec(Path file, long maxBytes, int keep) {

    public LogSpec {
        Preconditions.that(file.isAbsolute(), "log file", file, "the path must be absolute");
        Preconditions.that(maxBytes >= 1024, "log size", maxBytes, "it must be at least 1024 bytes");
        Preconditions.that(keep >= 0 && keep <= 1000, "number of old logs", keep, "from 0 to 1000");
    }

    /** Ten MiB a file, and three old ones. */
    public static LogSpec of(Path file) {
        return new LogSpec(file, 10 << 20, 3);
    }

    /** The file of one worker. */
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
