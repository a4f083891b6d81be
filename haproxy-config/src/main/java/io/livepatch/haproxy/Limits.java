package io.livepatch.haproxy;

/**
 * How much haproxy takes on.
 *
 * @param maxConnections clients at once; more wait in the kernel's accept queue
 * @param headerBytes request line and headers together (and the size of haproxy's buffers); more is answered 400
 * @param headerCount headers of one request; more is answered 400
 */
public record Limits(int maxConnections, int headerBytes, int headerCount) {
    public static final Limits DEFAULT = new Limits(4000, 16384, 100);

    private static final int DESCRIPTORS_BESIDES = 200;

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
                .throwIfAny();
    }

    public Limits withMaxConnections(int newMaxConnections) {
        return new Limits(newMaxConnections, headerBytes, headerCount);
    }

    /** File descriptors that haproxy needs for this: both ends of each connection, and listeners, checks, sockets. */
    public int fileDescriptors() {
        return 2 * maxConnections + DESCRIPTORS_BESIDES;
    }
}
