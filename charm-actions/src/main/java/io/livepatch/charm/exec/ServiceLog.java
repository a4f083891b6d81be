package io.livepatch.charm.exec;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a program has written, found by patterns: in the log of a service from a position on, and not what an earlier process wrote. */
public final class ServiceLog {
    private static final int MAX_READ = 256 << 10;
    private static final int MAX_LINE = 300;

    private ServiceLog() {}

    /** The position at the end of the log; 0 if there is none yet. */
    public static long end(Path log) {
        try {
            return Files.exists(log) ? Files.size(log) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** The first group of the first line of this text that matches, shortened. */
    public static Optional<String> first(String text, Pattern line) {
        return text.lines()
                .map(line::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .map(match -> match.group(1).strip().replaceAll("\\s+", " "))
                .map(found -> found.length() > MAX_LINE ? found.substring(0, MAX_LINE) + "…" : found);
    }

    /**
     * The first group of the first line that matches, shortened.
     *
     * @param from a former {@link #end}; a log that is shorter was rotated since, and is read from its beginning
     */
    public static Optional<String> first(Path log, long from, Pattern line) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long start = from > file.length() ? 0 : from;
            byte[] bytes = new byte[(int) Math.min(MAX_READ, file.length() - start)];
            file.seek(start);
            file.readFully(bytes);
            return first(new String(bytes, StandardCharsets.UTF_8), line);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
