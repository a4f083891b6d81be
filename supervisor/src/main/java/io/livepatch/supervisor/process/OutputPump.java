package io.livepatch.supervisor.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies a pipe to a sink in a thread of its own. */
final class OutputPump {

    private static final Logger log = LoggerFactory.getLogger(OutputPump.class);

    /** Small, since there are two for each worker; grows when a read fills it. */
    private static final int FIRST_CHUNK = 8 << 10;

    /** The capacity of a pipe. */
    private static final int LARGEST_CHUNK = 64 << 10;

    /** Small, since there may be hundreds of these threads. */
    private static final long STACK = 256 << 10;

    /** Takes the first bytes of an array, which is reused afterwards. */
    interface Sink {
        void take(byte[] bytes, int length);
    }

    private final String name;
    private final InputStream pipe;
    private final Sink sink;
    private final Thread thread;
    private volatile boolean reading;

    /** Uses a platform thread: a blocking read of a pipe pins a virtual thread to its carrier. */
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
            for (int length = read(chunk); length >= 0; length = read(chunk)) {
                sink.take(chunk, length);
                if (length == chunk.length && length < LARGEST_CHUNK) {
                    chunk = new byte[LARGEST_CHUNK];
                }
            }
        } catch (IOException e) {
            log.debug("the {} ended", name, e);
        }
    }

    private int read(byte[] chunk) throws IOException {
        reading = true;
        try {
            return pipe.read(chunk);
        } finally {
            reading = false;
        }
    }

    /** Waits until the last writer has ended, then stops reading; a slow sink still gets what was read. */
    void close(Duration timeout) throws InterruptedException {
        if (thread.join(timeout) || !reading) {
            return;
        }
        log.debug("a process outside of the session still holds the {}", name);
        try {
            pipe.close();
        } catch (IOException e) {
            log.debug("cannot close the {}", name, e);
        }
    }

    /**
     * Opens another reader of an output pipe of {@code process}, which must still wait at its gate. Java closes the streams of a
     * {@link Process} when that process ends; a descendant that writes to the pipe afterwards would be killed by SIGPIPE.
     */
    static InputStream reopen(Process process, int descriptor, InputStream stream) {
        Path end = Path.of("/proc", Long.toString(process.pid()), "fd", Integer.toString(descriptor));
        try {
            // A channel: closing it interrupts a blocked read.
            FileChannel pipe = FileChannel.open(end, StandardOpenOption.READ);
            // Java would otherwise drain the pipe when the process ends.
            stream.close();
            return Channels.newInputStream(pipe);
        } catch (IOException e) {
            log.debug("process {} ended before its output was read", process.pid(), e);
            return stream;
        }
    }
}
