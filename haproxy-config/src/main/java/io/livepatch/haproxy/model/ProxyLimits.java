package io.livepatch.haproxy.model;

import java.util.OptionalInt;

/**
 * Limits of the whole haproxy process.
 *
 * @param maxConnections concurrent client connections of each frontend; more wait in the kernel's accept queue
 * @param headerBytes request line and headers together (and the size of haproxy's buffers); more is answered 400
 * @param headerCount headers of one request; more is answered 400
 * @param bodyBytes the body of a request on a route that is not {@link Route#streamed}; more is answered 413. Smaller than haproxy's
 *     buffer, which holds the body until it is complete
 * @param threads of the process, 1 to 64; empty for one per processor
 */
public record ProxyLimits(int maxConnections, int headerBytes, int headerCount, int bodyBytes, OptionalInt threads) {
    public static final ProxyLimits DEFAULT = new ProxyLimits(4000, 16384, 100, 8192, OptionalInt.empty());
    /** The part of a buffer that is kept free for headers that haproxy adds (tune.maxrewrite). */
    private static final int RESERVED_BYTES = 1024;

    public ProxyLimits {
        new Violations("limits")
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

    public ProxyLimits withMaxConnections(int newMaxConnections) {
        return new ProxyLimits(newMaxConnections, headerBytes, headerCount, bodyBytes, threads);
    }

    public ProxyLimits withThreads(int newThreads) {
        return new ProxyLimits(maxConnections, headerBytes, headerCount, bodyBytes, OptionalInt.of(newThreads));
    }
}
