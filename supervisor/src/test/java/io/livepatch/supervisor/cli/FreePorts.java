package io.livepatch.supervisor.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports that nobody listened at a moment ago. */
final class FreePorts {

    private static final int ATTEMPTS = 100;

    private FreePorts() {}

    /** The first of so many in a row. */
    static int first(int count) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int first = chosen(0);
            boolean free = first > 0 && first + count <= 65536;
            for (int next = first + 1; free && next < first + count; next++) {
                free = chosen(next) == next;
            }
            if (free) {
                return first;
            }
        }
        throw new AssertionError("no " + count + " free ports in a row");
    }

    /** -1 when it is taken. */
    private static int chosen(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException taken) {
            return -1;
        }
    }
}
