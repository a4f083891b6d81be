package io.livepatch.common.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The response to a request. The dispatcher closes it.
 *
 * @param length of the body in bytes, or {@link #UNKNOWN} to send it in chunks
 * @param resource the source of the body, which is closed with the response
 */
public record Response(int status, Map<String, String> headers, long length, Body body, AutoCloseable resource)
        implements AutoCloseable {
    private static final long UNKNOWN = -1;

    /** Writes the bytes. */
    @FunctionalInterface
    public interface Body {
        void write(OutputStream out) throws IOException;
    }

    public static Response json(int status, Object value) {
        return bytes(status, "application/json", SnakeCaseJson.bytes(value));
    }

    public static Response text(String text) {
        return bytes(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    public static Response bytes(int status, String mediaType, byte[] bytes) {
        return of(status, mediaType, bytes.length, out -> out.write(bytes), () -> {});
    }

    public static Response empty(int status) {
        return new Response(status, Map.of(), 0, out -> {}, () -> {});
    }

    /** A body of unknown length. */
    public static Response stream(String mediaType, Body body) {
        return stream(200, mediaType, body, () -> {});
    }

    /** A body of unknown length with a resource that is closed after the attempt to send it. */
    public static Response stream(int status, String mediaType, Body body, AutoCloseable resource) {
        return of(status, mediaType, UNKNOWN, body, resource);
    }

    private static Response of(int status, String mediaType, long length, Body body, AutoCloseable resource) {
        return new Response(status, Map.of("Content-Type", mediaType), length, body, resource);
    }

    /** A copy with additional headers. */
    public Response with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(headers);
        all.putAll(more);
        return new Response(status, all, length, body, resource);
    }

    @Override
    public void close() {
        try {
            resource.close();
        } catch (Exception e) {
            throw new IllegalStateException("cannot close the resource of a response", e);
        }
    }
}
