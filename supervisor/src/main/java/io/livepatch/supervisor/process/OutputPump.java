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

    /**
     * The reading end of what a process and its descendants write, open until the last of them is gone. Java closes the streams of a
     * {@link Process} when that process ends, and a descendant that drains longer than its leader would be killed by SIGPIPE at its next
     * word. A pipe that is opened anew through {@code /proc} has one more reader, which is ours to close.
     */
    static final class OutputPipe {

        private static final Logger log = LoggerFactory.getLogger(OutputPipe.class);

        private OutputPipe() {}

        /** Of a process that still waits at its gate. */
        static InputStream output(Process process) {
            return reopen(process, 1, process.getInputStream());
        }

        /** Of a process that still waits at its gate. */
        static InputStream errors(Process process) {
            return reopen(process, 2, process.getErrorStream());
        }

        private static InputStream reopen(Process process, int descriptor, InputStream javas) {
            Path end = Path.of("/proc", Long.toString(process.pid()), "fd", Integer.toString(descriptor));
            try {
                // A channel, since closing it wakes whoever reads from it.
                FileChannel pipe = FileChannel.open(end, StandardOpenOption.READ);
                // Or Java would take what is in the pipe when the process ends.
                javas.close();
                return Channels.newInputStream(pipe);
            } catch (IOException e) {
                log.debug("process {} ended before its output was read", process.pid(), e);
                return javas;
            }
        }
    }
}
