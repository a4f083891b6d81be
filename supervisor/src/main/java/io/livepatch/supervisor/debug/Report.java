package io.livepatch.supervisor.debug;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What was found, in a file that is deleted on close.
 *
 * @param status as an HTTP server would say it; 200 but for what a worker's own server answered
 */
public record Report(int status, String mediaType, Path file, TemporaryReportDirectory scratch)
        implements AutoCloseable {

    static final String TEXT = "text/plain; charset=utf-8";

    public long size() throws IOException {
        return Files.size(file);
    }

    public InputStream open() throws IOException {
        return Files.newInputStream(file);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
