package io.livepatch.supervisor.debug;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a JVM record itself for a while. */
final class FlightRecording {

    private static final Logger log = LoggerFactory.getLogger(FlightRecording.class);
    private static final AtomicLong COUNT = new AtomicLong();
    private static final Duration STEP = Duration.ofMillis(200);
    private static final String FILE = "recording.jfr";
    /** After which it ends by itself, should nobody be left to end it. */
    private static final Duration LEFT_ALONE = Duration.ofSeconds(30);

    private final Jcmd jcmd;
    private final TemporaryReportDirectory temporaryReportDirectory;
    private final String name;

    FlightRecording(Jcmd jcmd, TemporaryReportDirectory temporaryReportDirectory) {
        this.jcmd = jcmd;
        this.temporaryReportDirectory = temporaryReportDirectory;
        this.name = "supervisor-%d-%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
    }

    /** The recording, out of the worker's reach. A visitor who leaves ends it. */
    Path take(Duration length, Requester requester) throws IOException, InterruptedException {
        boolean recorded = false;
        try {
            start(length);
            watch(length, requester);
            jcmd.run(requester, "JFR.stop", "name=" + name);
            recorded = true;
        } finally {
            if (!recorded) {
                discard();
            }
        }
        return temporaryReportDirectory.claim(FILE);
    }

    /**
     * Is not left half-way by a visitor: what has begun could otherwise not be ended. The file is named at once, since a
     * recording with an end and no file wants to write to the directory that the worker happens to be in.
     */
    private void start(Duration length) throws IOException, InterruptedException {
        long atMost = length.plus(LEFT_ALONE).toSeconds();
        Path answer = jcmd.run(
                () -> false,
                "JFR.start",
                "name=" + name,
                "settings=profile",
                "duration=" + atMost + "s",
                "filename=" + temporaryReportDirectory.workers(FILE));
        String said = Files.readString(answer);
        // It says so with an exit code of 0.
        if (!said.contains("Started recording")) {
            throw new DebugException.Failed("no flight recording: " + said.strip());
        }
    }

    private static void watch(Duration length, Requester requester) throws InterruptedException {
        long end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() - end < 0) {
            if (requester.gone()) {
                throw new DebugException.Abandoned();
            }
            Thread.sleep(STEP);
        }
    }

    private void discard() throws InterruptedException {
        try {
            jcmd.run(() -> false, "JFR.stop", "name=" + name);
        } catch (IOException | DebugException e) {
            log.debug("a flight recording that nobody wants ends by itself: {}", e.getMessage());
        }
    }
}
