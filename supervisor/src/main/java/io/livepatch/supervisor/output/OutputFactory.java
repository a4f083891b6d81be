package io.livepatch.supervisor.output;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Creates the outputs of workers. In a pool with a log, each worker has a rotated file that keeps the bytes as they were written, both
 * streams in their order. Lines of any other pool go to the supervisor's own streams as JSON. The last lines of all workers stay in
 * memory. Thread-safe.
 */
public final class OutputFactory implements WorkerOutput.Factory {

    private final AsyncLineWriter out;
    private final AsyncLineWriter err;
    private final OutputLimits limits;
    private final InstantSource clock;
    private final WorkerStream.Timer timer;
    private final OutputCounts.Counters counters = new OutputCounts.Counters();
    private final RecentLines.Registry recentLines;

    /** The caller starts the writers, and closes them after the last worker has ended. */
    public OutputFactory(AsyncLineWriter out, AsyncLineWriter err, OutputLimits limits, InstantSource clock) {
        this(out, err, limits, clock, WorkerStream.Timer.SYSTEM);
    }

    OutputFactory(
            AsyncLineWriter out,
            AsyncLineWriter err,
            OutputLimits limits,
            InstantSource clock,
            WorkerStream.Timer timer) {
        this.out = out;
        this.err = err;
        this.limits = limits;
        this.clock = clock;
        this.timer = timer;
        this.recentLines = new RecentLines.Registry(limits.recentBytes());
    }

    @Override
    public WorkerOutput open(PoolSpec spec, String workerId, int worker) {
        RecentLines recent = recentLines.open(workerId);
        if (spec.log().isPresent()) {
            WorkerStream both = stream(new PlainLines(recent, counters));
            LogFile file = new LogFile(spec.log().get(), worker, counters.fileDroppedBytes);
            return new Output(workerId, Optional.of(file), both, both, recent);
        }
        return new Output(
                workerId,
                Optional.empty(),
                stream(new JsonLines(spec.name(), workerId, Line.Stream.STDOUT, out, recent, counters)),
                stream(new JsonLines(spec.name(), workerId, Line.Stream.STDERR, err, recent, counters)),
                recent);
    }

    private WorkerStream stream(LineSplitter.Sink sink) {
        return new WorkerStream(sink, limits, counters, clock, timer);
    }

    /** The last lines of a worker and of its earlier processes, oldest first; empty for an unknown worker. */
    public List<Line> recent(String workerId) {
        return recentLines.lines(workerId);
    }

    public OutputCounts counts() {
        // Both streams may have the same writer.
        Set<AsyncLineWriter> writers = new HashSet<>(List.of(out, err));
        return counters.counts(
                writers.stream().mapToLong(AsyncLineWriter::droppedLines).sum(),
                writers.stream().mapToLong(AsyncLineWriter::droppedBytes).sum());
    }

    /** The output of one worker. With a file, both streams are one. */
    private final class Output implements WorkerOutput {

        private final String workerId;
        private final Optional<LogFile> file;
        private final WorkerStream stdout;
        private final WorkerStream stderr;
        private final RecentLines recent;

        Output(String workerId, Optional<LogFile> file, WorkerStream stdout, WorkerStream stderr, RecentLines recent) {
            this.workerId = workerId;
            this.file = file;
            this.stdout = stdout;
            this.stderr = stderr;
            this.recent = recent;
        }

        @Override
        public void out(byte[] bytes, int length) {
            file.ifPresent(it -> it.out(bytes, length));
            stdout.read(bytes, length);
        }

        @Override
        public void err(byte[] bytes, int length) {
            file.ifPresent(it -> it.err(bytes, length));
            stderr.read(bytes, length);
        }

        @Override
        public boolean merged() {
            return file.isPresent();
        }

        @Override
        public void ended() {
            stdout.end();
            stderr.end();
            recent.processEnded();
        }

        @Override
        public void close() {
            ended();
            file.ifPresent(LogFile::close);
            recentLines.close(workerId);
        }
    }

    /** Keeps the last lines of a worker whose output goes to a file. */
    private static final class PlainLines implements LineSplitter.Sink {

        private final RecentLines recent;
        private final OutputCounts.Counters counters;
        private Instant now = Instant.EPOCH;

        PlainLines(RecentLines recent, OutputCounts.Counters counters) {
            this.recent = recent;
            this.counters = counters;
        }

        @Override
        public void readAt(Instant time) {
            now = time;
        }

        @Override
        public boolean object(byte[] bytes, int from, int to) {
            return false;
        }

        @Override
        public void text(byte[] bytes, int from, int to, LineSplitter.Part part) {
            String text = Utf8.decode(bytes, from, to);
            counters.countLine(part, Utf8.replaced(text, bytes, from, to));
            recent.add(now, Line.Stream.MERGED, text);
        }
    }
}
