package io.livepatch.supervisor.debug;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What can be found out about a worker that runs. Blocks until it is; safe for use by any thread. All throw {@link DebugException}.
 */
public final class Debugging {

    /** A longer recording is better made with {@code jcmd} itself. */
    public static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Duration JCMD = Duration.ofSeconds(20);
    /** As long as the longest profile that the usual servers make on request, and some more. */
    private static final Duration HTTP = Duration.ofMinutes(2);

    private static final long MOST_BYTES = 64L << 20;
    private static final String TEXT = Report.TEXT;

    private final Duration jcmdPatience;
    private final WorkerHttp http;
    /** What is being done, by kind and pid. */
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    private Debugging(Duration jcmdPatience, WorkerHttp http) {
        this.jcmdPatience = jcmdPatience;
        this.http = http;
    }

    /** With patience as long as people have. */
    public static Debugging usual() {
        return within(JCMD, HTTP, MOST_BYTES);
    }

    static Debugging within(Duration jcmd, Duration http, long mostBytes) {
        return new Debugging(jcmd, new WorkerHttp(http, mostBytes));
    }

    /** All platform threads, with the locks that they hold and wait for, as text. */
    public Report threads(long pid, Requester requester) {
        return asked(pid, requester, "Thread.print", "-l");
    }

    /**
     * Which classes take how much of the heap.
     *
     * @param live whether garbage is left out, at the price of a full collection, for which the worker stands still
     */
    public Report heap(long pid, boolean live, Requester requester) {
        return live ? asked(pid, requester, "GC.class_histogram") : asked(pid, requester, "GC.class_histogram", "-all");
    }

    private Report asked(long pid, Requester requester, String... command) {
        return look("jcmd", pid, (jcmd, temporaryReportDirectory) -> {
            Path text = jcmd.run(requester, command);
            return new Report(200, TEXT, text, temporaryReportDirectory);
        });
    }

    /** All threads, the virtual ones too, as JSON. */
    public Report virtualThreads(long pid, Requester requester) {
        return look("jcmd", pid, (jcmd, temporaryReportDirectory) -> {
            String file = "threads.json";
            jcmd.run(
                    requester,
                    "Thread.dump_to_file",
                    "-format=json",
                    temporaryReportDirectory.workers(file).toString());
            return new Report(200, "application/json", temporaryReportDirectory.claim(file), temporaryReportDirectory);
        });
    }

    /** A recording of all that JFR's {@code profile} settings tell. */
    public Report flightRecording(long pid, Duration length, Requester requester) {
        return look("recording", pid, (jcmd, temporaryReportDirectory) -> {
            Path recording = new FlightRecording(jcmd, temporaryReportDirectory).take(length, requester);
            return new Report(200, "application/octet-stream", recording, temporaryReportDirectory);
        });
    }

    /** Where it spends its CPU time, as collapsed stacks. */
    public Report profile(long pid, Duration length, Requester requester) {
        return look("recording", pid, (jcmd, temporaryReportDirectory) -> {
            Path recording = new FlightRecording(jcmd, temporaryReportDirectory).take(length, requester);
            Path stacks = temporaryReportDirectory.file("stacks.txt");
            CollapsedStacks.write(recording, stacks);
            Files.delete(recording);
            return new Report(200, TEXT, stacks, temporaryReportDirectory);
        });
    }

    /** What the worker's own server answers to a GET; with that server's status. */
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

    private Report look(String kind, long pid, Look look) {
        String turn = kind + " of " + pid;
        if (!underWay.add(turn)) {
            throw new DebugException.Busy(
                    "somebody else is taking a %s of process %d; ask again when that is done".formatted(kind, pid));
        }
        try {
            return look(pid, look);
        } catch (IOException e) {
            throw new DebugException.Failed("cannot look into process %d: %s".formatted(pid, e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DebugException.Abandoned();
        } finally {
            underWay.remove(turn);
        }
    }

    private Report look(long pid, Look look) throws IOException, InterruptedException {
        Jvm jvm = Jvm.of(pid);
        TemporaryReportDirectory temporaryReportDirectory = TemporaryReportDirectory.sharedWith(jvm);
        boolean found = false;
        try {
            Report report = look.at(
                    new Jcmd(jvm, jcmdPatience, temporaryReportDirectory.file("answer.txt")), temporaryReportDirectory);
            found = true;
            return report;
        } finally {
            if (!found) {
                temporaryReportDirectory.close();
            }
        }
    }

    @FunctionalInterface
    private interface Look {
        Report at(Jcmd jcmd, TemporaryReportDirectory temporaryReportDirectory)
                throws IOException, InterruptedException;
    }
}
