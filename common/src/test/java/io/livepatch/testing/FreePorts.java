package io.livepatch.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Ports that no other test uses, in this JVM or in a concurrent one. They lie below the kernel's range of ephemeral
 * ports (32768 and up), so that no outgoing connection and no listener on port 0 gets one of them after a test chose it and before the
 * test's server binds it. Each JVM reserves blocks of ports: it listens on the first port of a block until it ends.
 */
public final class FreePorts {
    private static final int FIRST = 10_000;
    private static final int BLOCKS = 225;
    private static final int BLOCK_SIZE = 100;

    /** Keeps the listeners reachable: a collected one would be closed. */
    private static final List<ServerSocket> RESERVATIONS = new ArrayList<>();

    private static int next;
    private static int end;

    private FreePorts() {}

    public static int one() {
        return inARow(1);
    }

    public static List<Integer> some(int count) {
        return IntStream.range(0, count).mapToObj(i -> one()).toList();
    }

    /** Returns the first of {@code count} consecutive ports; at most {@value #BLOCK_SIZE} less one. */
    public static synchronized int inARow(int count) {
        while (true) {
            if (next + count > end) {
                reserveBlock();
            }
            int first = next;
            int free = 0;
            while (free < count && isFree(first + free)) {
                free++;
            }
            if (free == count) {
                next += count;
                return first;
            }
            next += free + 1;
        }
    }

    private static void reserveBlock() {
        int start = ThreadLocalRandom.current().nextInt(BLOCKS);
        for (int i = 0; i < BLOCKS; i++) {
            int first = FIRST + (start + i) % BLOCKS * BLOCK_SIZE;
            try {
                RESERVATIONS.add(new ServerSocket(first));
                next = first + 1;
                end = first + BLOCK_SIZE;
                return;
            } catch (IOException _) {
                // Another JVM has this block, or this one had it before.
            }
        }
        throw new IllegalStateException(
                "all ports from " + FIRST + " to " + (FIRST + BLOCKS * BLOCK_SIZE) + " are reserved");
    }

    /** Binds the wildcard address, which fails if a server listens on any other loopback address. */
    private static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
