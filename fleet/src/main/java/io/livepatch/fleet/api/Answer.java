package io.livepatch.fleet.api;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** What is sent back. */
record Answer(int status, Map<String, String> headers, int length, Body body) {
    private static final String TYPE = "Content-Type";

    /** Writes the bytes. */
    @FunctionalInterface
    interface Body {
        void write(OutputStream out) throws IOException;
    }

    static Answer json(int status, Object value) {
        return bytes(status, "application/json", Json.bytes(value));
    }

    static Answer problem(int status, Object value) {
        return bytes(status, "application/problem+json", Json.bytes(value));
    }

    static Answer text(String text) {
        return bytes(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    static Answer bytes(int status, String mediaType, byte[] bytes) {
        return new Answer(status, Map.of(TYPE, mediaType), bytes.length, out -> out.write(bytes));
    }

    static Answer empty(int status) {
        return new Answer(status, Map.of(), 0, out -> {});
    }

    Answer with(String header, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(header, value);
        return new Answer(status, more, length, body);
    }

    /** Says of which replicas the latest is not known, where the body has no room for it too. */
    Answer without(SortedSet<Integer> missing) {
        return missing.isEmpty()
                ? this
                : with(
                        "Fleet-Missing-Replicas",
                        missing.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
}
