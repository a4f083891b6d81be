package io.livepatch.supervisor.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads what the kernel shows as a file, with a first read that is large enough for most. Such files say that their size is zero, whereupon
 * {@link Files#readString(Path)} begins with a single byte; and a number under {@code /proc/sys} answers no second read.
 */
final class ProcFile {

    private ProcFile() {}

    static String read(Path path) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            return new String(file.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
