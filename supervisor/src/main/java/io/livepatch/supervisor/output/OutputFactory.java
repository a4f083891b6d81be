package io.livepatch.supervisor.output;

import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where the output of workers goes: a pool with a log has a rotated file for each worker, with the lines as they were written,
 * both streams in their order. Of any other pool, lines go to the supervisor's own streams as JSON, standard output to
 * standard output and errors to errors. Of both, the last lines are remembered. Safe for threads.
 */
public final class OutputFactory implements WorkerOutput.Factory {

    private final AsyncLineWriter out;
    private final AsyncLineWriter err;
    private final OutputLimits limits;
    private final InstantSource clock;
    private final Timer timer;
    private final OutputCounters outputCounters = new OutputCounters();
    private final RecentLinesRegistry recentLinesRegistry;

    /** The outlets stay their maker's, who starts them, and closes them after the last worker. */
    public OutputFactory(AsyncLineWriter out, AsyncLineWriter err, OutputLimits limits, InstantSource clock) {
        this(out, err, limits, clock, Timer.REAL);
    }

    OutputFactory(AsyncLineWriter out, AsyncLineWriter err, OutputLimits limits, InstantSource clock, Timer timer) {
        this.out = out;
        this.err = err;
        this.limits = limits;
        this.clock = clock;
        this.timer = timer;
        this.recentLinesRegistry = new RecentLinesRegistry(limits.recentBytes());
    }

    @Override
    public WorkerOutput open(PoolSpec spec, String workerId, int worker) {
        RecentLines recent = recentLinesRegistry.open(workerId);
        Runnable atClose = () -> recentLinesRegistry.close(workerId);
        if (spec.log().isPresent()) {
            LogSpec log = spec.log().get();
            LogFile file = new LogFile(log.fileOf(worker), log.maxBytes(), log.keep(), outputCounters.fileDroppedBytes);
            return new FiledOutput(file, stream(new PlainLines(recent, outputCounters)), recent, atClose);
        }
        return new StreamedOutput(
                stream(new JsonLines(spec.name(), workerId, Line.Stream.STDOUT, out, recent, outputCounters)),
                stream(new JsonLines(spec.name(), workerId, Line.Stream.STDERR, err, recent, outputCounters)),
                recent,
                atClose);
    }

    private WorkerStream stream(LineSink sink) {
        return new WorkerStream(sink, limits, outputCounters, clock, timer);
    }

    /** The last lines of a worker, eldest first, those of its earlier processes too; none if nothing is known of it. */
    public List<Line> recent(String workerId) {
        return recentLinesRegistry.of(workerId);
    }

    public OutputCounts counts() {
        // Both streams may go to one outlet.
        Set<AsyncLineWriter> outlets = new HashSet<>(List.of(out, err));
        return outputCounters.with(
                outlets.stream().mapToLong(AsyncLineWriter::droppedLines).sum(),
                outlets.stream().mapToLong(AsyncLineWriter::droppedBytes).sum());
    }

    /** Keeps the last lines of a worker whose output goes to a file as it is. */
    private static final class PlainLines implements LineSink {

        private final RecentLines recent;
        private final OutputCounters outputCounters;
        private Instant now = Instant.EPOCH;

        PlainLines(RecentLines recent, OutputCounters outputCounters) {
            this.recent = recent;
            this.outputCounters = outputCounters;
        }

        @Override
        public void at(Instant time) {
            now = time;
        }

        @Override
        public boolean object(byte[] bytes, int from, int to) {
            return false;
        }

        @Override
        public void text(byte[] bytes, int from, int to, LinePart linePart) {
            String text = Utf8.decode(bytes, from, to);
            outputCounters.line(linePart, Utf8.replaced(text, bytes, from, to));
            recent.add(now, Line.Stream.MERGED, text);
        }

        @Override
        public void flush() {}
    }
}
