package io.livepatch.supervisor.process;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries what is written into a pipe to its reader, in a thread of its own. */
final class OutputPump {

    private static final Logger log = LoggerFactory.getLogger(OutputPump.class);

    /** Of these there are two for each worker, most of which say little; one that is filled makes way for a larger. */
    private static final int FIRST_CHUNK = 8 << 10;

    /** All that a pipe holds. */
    private static final int LARGEST_CHUNK = 64 << 10;

    /** A pump needs no deep stack, and there may be hundreds. */
    private static final long STACK = 256 << 10;

    /** Takes the first bytes of a chunk, which is then used again. */
    interface Sink {
        void take(byte[] bytes, int length);
    }

    private final String name;
    private final InputStream pipe;
    private final Sink sink;
    private final Thread thread;
    private volatile boolean listening;

    /** A platform thread: reading from a pipe would pin a virtual one to its carrier for as long as a worker is silent. */
    OutputPump(String name, InputStream pipe, Sink sink) {
        this.name = name;
        this.pipe = pipe;
        this.sink = sink;
        this.thread = Thread.ofPlatform().daemon().name(name).stackSize(STACK).unstarted(this::pump);
    }

    void start() {
        thread.start();
    }

    private void pump() {
        byte[] chunk = new byte[FIRST_CHUNK];
        try (pipe) {
            for (int length = listen(chunk); length >= 0; length = listen(chunk)) {
                sink.take(chunk, length);
                if (length == chunk.length && length < LARGEST_CHUNK) {
                    chunk = new byte[LARGEST_CHUNK];
                }
            }
        } catch (IOException e) {
            log.debug("the {} ended", name, e);
        }
    }

    private int listen(byte[] chunk) throws IOException {
        listening = true;
        try {
            return pipe.read(chunk);
        } finally {
            listening = false;
        }
    }

    /** Waits so long for the last writer to be gone, then stops listening; what a slow reader has not taken yet it still gets. */
    void finish(Duration patience) throws InterruptedException {
        if (thread.join(patience) || !listening) {
            return;
        }
        log.debug("somebody outside of its session still holds the {}", name);
        try {
            pipe.close();
        } catch (IOException e) {
            log.debug("cannot close the {}", name, e);
        }
    }
}
