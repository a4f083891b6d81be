package io.livepatch.supervisor.output;

import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.WorkerOutputs;
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
public final class Outputs implements WorkerOutputs {

    private final Outlet out;
    private final Outlet err;
    private final OutputLimits limits;
    private final InstantSource clock;
    private final Alarm alarm;
    private final Tally tally = new Tally();
    private final Recents recents;

    /** The outlets stay their maker's, who starts them, and closes them after the last worker. */
    public Outputs(Outlet out, Outlet err, OutputLimits limits, InstantSource clock) {
        this(out, err, limits, clock, Alarm.REAL);
    }

    Outputs(Outlet out, Outlet err, OutputLimits limits, InstantSource clock, Alarm alarm) {
        this.out = out;
        this.err = err;
        this.limits = limits;
        this.clock = clock;
        this.alarm = alarm;
        this.recents = new Recents(limits.recentBytes());
    }

    @Override
    public WorkerOutput open(PoolSpec spec, String workerId, int worker) {
        RecentLines recent = recents.open(workerId);
        Runnable atClose = () -> recents.close(workerId);
        if (spec.log().isPresent()) {
            LogSpec log = spec.log().get();
            LogFile file = new LogFile(log.fileOf(worker), log.maxBytes(), log.keep(), tally.fileDroppedBytes);
            return new FiledOutput(file, stream(new PlainLines(recent, tally)), recent, atClose);
        }
        return new StreamedOutput(
                stream(new JsonLines(spec.name(), workerId, Line.Stream.STDOUT, out, recent, tally)),
                stream(new JsonLines(spec.name(), workerId, Line.Stream.STDERR, err, recent, tally)),
                recent,
                atClose);
    }

    private WorkerStream stream(LineSink sink) {
        return new WorkerStream(sink, limits, tally, clock, alarm);
    }

    /** The last lines of a worker, eldest first, those of its earlier processes too; none if nothing is known of it. */
    public List<Line> recent(String workerId) {
        return recents.of(workerId);
    }

    public OutputCounts counts() {
        // Both streams may go to one outlet.
        Set<Outlet> outlets = new HashSet<>(List.of(out, err));
        return tally.with(
                outlets.stream().mapToLong(Outlet::droppedLines).sum(),
                outlets.stream().mapToLong(Outlet::droppedBytes).sum());
    }

    /** Keeps the last lines of a worker whose output goes to a file as it is. */
    private static final class PlainLines implements LineSink {

        private final RecentLines recent;
        private final Tally tally;
        private Instant now = Instant.EPOCH;

        PlainLines(RecentLines recent, Tally tally) {
            this.recent = recent;
            this.tally = tally;
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
        public void text(byte[] bytes, int from, int to, Part part) {
            String text = Utf8.decode(bytes, from, to);
            tally.line(part, Utf8.replaced(text, bytes, from, to));
            recent.add(now, Line.Stream.MERGED, text);
        }

        @Override
        public void flush() {}
    }
}
