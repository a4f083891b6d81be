package io.livepatch.haproxy.model;

import java.util.OptionalInt;

/**
 * How much haproxy takes on.
 *
 * @param maxConnections clients at once at each frontend; more wait in the kernel's accept queue
 * @param headerBytes request line and headers together (and the size of haproxy's buffers); more is answered 400
 * @param headerCount headers of one request; more is answered 400
 * @param bodyBytes the body of a request on a route that is not {@link Route#streamed}; more is answered 413. Smaller than haproxy's
 *     buffer, which holds the body until it is complete
 * @param threads of the process; empty lets haproxy take one for each processor
 */
public record Limits(int maxConnections, int headerBytes, int headerCount, int bodyBytes, OptionalInt threads) {
    public static final Limits DEFAULT = new Limits(4000, 16384, 100, 8192, OptionalInt.empty());
    /** Of a buffer, kept free for headers that haproxy adds (tune.maxrewrite). */
    private static final int RESERVED_BYTES = 1024;

    public Limits {
        new Problems("limits")
                .unless(
                        maxConnections >= 1 && maxConnections <= 1_000_000,
                        "max connections " + maxConnections + " is not between 1 and 1000000")
                .unless(
                        headerBytes >= 4096 && headerBytes <= 1 << 20,
                        "header bytes " + headerBytes + " is not between 4096 and 1048576")
                .unless(
                        headerCount >= 10 && headerCount <= 1000,
                        "header count " + headerCount + " is not between 10 and 1000")
                .unless(
                        bodyBytes >= 1 && bodyBytes <= headerBytes - RESERVED_BYTES,
                        "body bytes " + bodyBytes + " is not between 1 and the header bytes less " + RESERVED_BYTES)
                .unless(
                        threads.isEmpty() || (threads.getAsInt() >= 1 && threads.getAsInt() <= 64),
                        "threads " + threads.orElse(0) + " is not between 1 and 64")
                .throwIfAny();
    }

    public Limits withMaxConnections(int newMaxConnections) {
        return new Limits(newMaxConnections, headerBytes, headerCount, bodyBytes, threads);
    }

    public Limits withThreads(int newThreads) {
        return new Limits(maxConnections, headerBytes, headerCount, bodyBytes, OptionalInt.of(newThreads));
    }
}
