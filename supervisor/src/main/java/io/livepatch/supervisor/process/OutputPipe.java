package io.livepatch.supervisor.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reading end of what a process and its descendants write, open until the last of them is gone. Java closes the streams of a
 * {@link Process} when that process ends, and a descendant that drains longer than its leader would be killed by SIGPIPE at its next
 * word. A pipe that is opened anew through {@code /proc} has one more reader, which is ours to close.
 */
final class OutputPipe {

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
