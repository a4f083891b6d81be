package io.livepatch.supervisor.debug;

import io.livepatch.supervisor.debug.Debugging.Requester;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One flight recording of a JVM. */
final class FlightRecording {

    private static final Logger log = LoggerFactory.getLogger(FlightRecording.class);
    private static final AtomicLong COUNT = new AtomicLong();
    private static final Duration POLL = Duration.ofMillis(200);
    private static final String FILE = "recording.jfr";
    /** The recording ends by itself this long after its planned end, in case the supervisor dies meanwhile. */
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final Jcmd jcmd;
    private final TemporaryReportDirectory directory;
    private final String name;

    FlightRecording(Jcmd jcmd, TemporaryReportDirectory directory) {
        this.jcmd = jcmd;
        this.directory = directory;
        this.name = "supervisor-%d-%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
    }

    /** Records for that time; returns a file that the worker cannot change. The recording is stopped when the requester leaves. */
    Path take(Duration length, Requester requester) throws IOException, InterruptedException {
        boolean recorded = false;
        try {
            start(length);
            await(length, requester);
            jcmd.run(requester, "JFR.stop", "name=" + name);
            recorded = true;
        } finally {
            if (!recorded) {
                discard();
            }
        }
        return directory.claim(FILE);
    }

    /**
     * Ignores that the requester has left: a start that was cancelled may have begun a recording that could not be stopped. Names the
     * file at once, because the JVM would write a recording without one to its working directory at the end.
     */
    private void start(Duration length) throws IOException, InterruptedException {
        Path answer = jcmd.run(
                () -> false,
                "JFR.start",
                "name=" + name,
                "settings=profile",
                "duration=" + length.plus(MARGIN).toSeconds() + "s",
                "filename=" + directory.workerFile(FILE));
        // The exit code of a failed start is 0 too.
        String output = Files.readString(answer);
        if (!output.contains("Started recording")) {
            throw new DebugException.Failed("cannot start a flight recording: " + output.strip());
        }
    }

    private static void await(Duration length, Requester requester) throws InterruptedException {
        long end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() - end < 0) {
            if (requester.gone()) {
                throw new DebugException.Abandoned();
            }
            Thread.sleep(POLL);
        }
    }

    private void discard() throws InterruptedException {
        try {
            jcmd.run(() -> false, "JFR.stop", "name=" + name);
        } catch (IOException | DebugException e) {
            log.debug("cannot stop the abandoned flight recording '{}', it ends by itself: {}", name, e.getMessage());
        }
    }

    /** Writes the CPU samples of a recording in the format of flame-graph programs: {@code outer;inner;innermost count}. */
    static void writeCollapsedStacks(Path recording, Path to) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        try (RecordingFile events = new RecordingFile(recording)) {
            while (events.hasMoreEvents()) {
                RecordedEvent event = events.readEvent();
                RecordedStackTrace stack = event.getStackTrace();
                if (stack != null && event.getEventType().getName().equals("jdk.ExecutionSample")) {
                    counts.merge(collapse(stack.getFrames()), 1, Integer::sum);
                }
            }
        }
        try (BufferedWriter out = Files.newBufferedWriter(to)) {
            for (Map.Entry<String, Integer> each : counts.entrySet()) {
                out.write(each.getKey() + " " + each.getValue() + "\n");
            }
        }
    }

    private static String collapse(List<RecordedFrame> innermostFirst) {
        return innermostFirst.reversed().stream().map(FlightRecording::frame).collect(Collectors.joining(";"));
    }

    private static String frame(RecordedFrame frame) {
        RecordedMethod method = frame.getMethod();
        return method.getType().getName() + "." + method.getName();
    }
}
