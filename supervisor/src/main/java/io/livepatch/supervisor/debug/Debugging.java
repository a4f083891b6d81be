package io.livepatch.supervisor.debug;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Takes reports of a running worker: thread dumps, heap histograms, flight recordings and profiles of a JVM, and pages of the worker's
 * own HTTP server. Each method blocks until its report is complete, and throws a {@link DebugException} if there is none. Thread-safe.
 */
public final class Debugging {

    /** The maximum length of a recording. */
    public static final Duration MAX_RECORDING = Duration.ofMinutes(5);

    private static final Duration JCMD_TIMEOUT = Duration.ofSeconds(20);
    /** More than the usual length of a profile that a server takes on request. */
    private static final Duration HTTP_TIMEOUT = Duration.ofMinutes(2);

    private static final long MAX_BYTES = 64L << 20;
    private static final String TEXT = "text/plain; charset=utf-8";

    /** The client that waits for a report. */
    @FunctionalInterface
    public interface Requester {

        /** Whether the client has left, so that the work for it is to be undone. Called a few times a second. */
        boolean gone();
    }

    /**
     * A report in a file that is deleted on close.
     *
     * @param status an HTTP status: 200, or that of the worker's own server
     */
    public record Report(int status, String mediaType, Path file, TemporaryReportDirectory directory)
            implements AutoCloseable {

        public long size() throws IOException {
            return Files.size(file);
        }

        public InputStream open() throws IOException {
            return Files.newInputStream(file);
        }

        @Override
        public void close() {
            directory.close();
        }
    }

    @FunctionalInterface
    private interface Inspection {
        Report run(Jcmd jcmd, TemporaryReportDirectory directory) throws IOException, InterruptedException;
    }

    private final Duration jcmdTimeout;
    private final WorkerHttp http;
    /** The kind and the pid of each inspection that is running. */
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    Debugging(Duration jcmdTimeout, Duration httpTimeout, long maxBytes) {
        this.jcmdTimeout = jcmdTimeout;
        this.http = new WorkerHttp(httpTimeout, maxBytes);
    }

    /** With timeouts for requests of people: 20 s for {@code jcmd}, 2 min for the worker's own server. */
    public static Debugging usual() {
        return new Debugging(JCMD_TIMEOUT, HTTP_TIMEOUT, MAX_BYTES);
    }

    /** All platform threads, with the locks that they hold and wait for, as text. */
    public Report threads(long pid, Requester requester) {
        return jcmd(pid, requester, "Thread.print", "-l");
    }

    /**
     * A heap histogram: instances and bytes of each class.
     *
     * @param live whether garbage is left out, which costs a full collection that stops the worker
     */
    public Report heap(long pid, boolean live, Requester requester) {
        return live ? jcmd(pid, requester, "GC.class_histogram") : jcmd(pid, requester, "GC.class_histogram", "-all");
    }

    private Report jcmd(long pid, Requester requester, String... command) {
        return inspect("report", pid, (jcmd, directory) -> {
            Path text = jcmd.run(requester, command);
            return new Report(200, TEXT, text, directory);
        });
    }

    /** All threads, including virtual ones, as JSON. */
    public Report virtualThreads(long pid, Requester requester) {
        return inspect("report", pid, (jcmd, directory) -> {
            String file = "threads.json";
            jcmd.run(
                    requester,
                    "Thread.dump_to_file",
                    "-format=json",
                    directory.workerFile(file).toString());
            return new Report(200, "application/json", directory.claim(file), directory);
        });
    }

    /** A flight recording with JFR's {@code profile} settings. */
    public Report flightRecording(long pid, Duration length, Requester requester) {
        return inspect("recording", pid, (jcmd, directory) -> {
            Path recording = new FlightRecording(jcmd, directory).take(length, requester);
            return new Report(200, "application/octet-stream", recording, directory);
        });
    }

    /** A CPU profile, as collapsed stacks. */
    public Report profile(long pid, Duration length, Requester requester) {
        return inspect("recording", pid, (jcmd, directory) -> {
            Path recording = new FlightRecording(jcmd, directory).take(length, requester);
            Path stacks = directory.file("stacks.txt");
            FlightRecording.writeCollapsedStacks(recording, stacks);
            Files.delete(recording);
            return new Report(200, TEXT, stacks, directory);
        });
    }

    /** The response of the worker's own server to a GET. */
    public Report get(URI uri, Requester requester) {
        try {
            return http.get(uri, requester);
        } catch (IOException e) {
            throw new DebugException.Failed("%s: %s".formatted(uri, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DebugException.Abandoned();
        }
    }

    private Report inspect(String kind, long pid, Inspection inspection) {
        String key = kind + " of " + pid;
        if (!running.add(key)) {
            throw new DebugException.Busy(
                    "another request is taking a %s of process %d; try again when it is done".formatted(kind, pid));
        }
        try {
            return inspect(pid, inspection);
        } catch (IOException e) {
            throw new DebugException.Failed("cannot inspect process %d: %s".formatted(pid, e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DebugException.Abandoned();
        } finally {
            running.remove(key);
        }
    }

    private Report inspect(long pid, Inspection inspection) throws IOException, InterruptedException {
        Jvm jvm = Jvm.of(pid);
        TemporaryReportDirectory directory = TemporaryReportDirectory.sharedWith(jvm);
        boolean complete = false;
        try {
            Report report = inspection.run(new Jcmd(jvm, jcmdTimeout, directory.file("answer.txt")), directory);
            complete = true;
            return report;
        } finally {
            if (!complete) {
                directory.close();
            }
        }
    }
}
