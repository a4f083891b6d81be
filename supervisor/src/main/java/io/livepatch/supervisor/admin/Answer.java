package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.debug.Report;
import io.livepatch.supervisor.debug.Requester;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What is sent back; whoever sends it closes it. */
record Answer(int status, String mediaType, Map<String, String> headers, Body body, AutoCloseable rest)
        implements AutoCloseable {

    private static final String TEXT = "text/plain; charset=utf-8";

    /** Writes the bytes, for as long as the visitor stays. */
    @FunctionalInterface
    interface Body {
        void write(OutputStream out, Requester requester) throws IOException;
    }

    static Answer json(int status, Object value) {
        return bytes(status, "application/json", Map.of(), Json.bytes(value));
    }

    static Answer problem(int status, Map<String, String> headers, Object value) {
        return bytes(status, "application/problem+json", headers, Json.bytes(value));
    }

    static Answer text(String text) {
        return bytes(200, TEXT, Map.of(), text.getBytes(StandardCharsets.UTF_8));
    }

    private static Answer bytes(int status, String mediaType, Map<String, String> headers, byte[] bytes) {
        return new Answer(status, mediaType, headers, (out, requester) -> out.write(bytes), () -> {});
    }

    static Answer stream(String mediaType, Body body) {
        return new Answer(200, mediaType, Map.of(), body, () -> {});
    }

    static Answer report(Report report, Map<String, String> headers) {
        Body body = (out, requester) -> {
            try (InputStream in = report.open()) {
                in.transferTo(out);
            }
        };
        return new Answer(report.status(), report.mediaType(), headers, body, report);
    }

    @Override
    public void close() {
        try {
            rest.close();
        } catch (Exception e) {
            throw new IllegalStateException("cannot close what was sent", e);
        }
    }
}
