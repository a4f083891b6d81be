package io.livepatch.fleet.load;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.division.RateShares;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Decides which monkey begins an iteration when. Reads no clock and never waits: moments are arguments, in nanoseconds since the common start,
 * negative before it. Thread-safe.
 */
interface LoadModel {
    /** No moment. */
    long NEVER = Long.MAX_VALUE;

    static LoadModel of(
            Flock flock,
            MonkeyStates monkeys,
            IterationExecutor executor,
            FlockRun.Limits limits,
            RandomGenerator random) {
        long end = flock.duration().map(Duration::toNanos).orElse(NEVER);
        if (flock.work() instanceof Workload.ThunderingHerd herd) {
            // The outage decides when all iterations begin, once. Rates do not apply; batches say who is prepared when.
            long outage = herd.outage().toNanos();
            LoadModel once = new ClosedModel(monkeys, executor, _ -> outage, _ -> NEVER, end);
            return new SetupPhase(
                    once, executor, monkey -> flock.batches().begin(monkey).toNanos(), outage);
        }
        return switch (flock.load()) {
            case Load.Closed _ -> {
                Workload.Pace pace = flock.work().pace();
                long idle = pace.idle().toNanos();
                long errorIdle = pace.restart() ? pace.errorIdle().toNanos() : NEVER;
                yield new ClosedModel(
                        monkeys,
                        executor,
                        monkey -> flock.batches().begin(monkey).toNanos(),
                        ok -> ok ? idle : errorIdle,
                        end);
            }
            case Load.Open _ -> {
                long deadline = end == NEVER ? end : end + limits.grace().toNanos();
                yield new OpenModel(executor, new MonkeyRing(monkeys, limits.concurrent()), random, end, deadline);
            }
        };
    }

    /** Begins all iterations that are due; returns the moment of the next call, or {@link #NEVER}. */
    long advance(long now);

    /** Called after an iteration; returns the due moment of the monkey's next one if this thread is to run it at once. */
    OptionalLong ended(int monkey, boolean ok, long now);

    /** Replaces this replica's monkeys and rates. */
    void divide(FlockShare share, long now);

    /** Begins no further iteration. */
    void stop(long now);

    /** Whether no iteration is running, and none will. */
    boolean over(long now);

    /** How many monkeys have begun and not finished. */
    long alive(long now);

    /** Runs iterations for a {@link LoadModel}. */
    interface IterationExecutor {

        /** Starts the preparation of a monkey's first iteration, which waits for it. Returns at once. */
        void prepare(int monkey);

        /** Starts an iteration, and calls {@link LoadModel#ended} after it. Returns at once. */
        void begin(int monkey, long due, LoadModel model);

        /** As {@link #begin}, for an iteration that was reported by {@link #due} before. */
        void resume(int monkey, long due, LoadModel model);

        /** Reports an iteration that is due and not begun: it waits for a free monkey, follows another one at once, or will be lost. */
        void due(long due, long now);

        /** Reports an iteration that was due and will never begin. */
        void lost(long due, long now, String kind);

        /** Reports how often a busy monkey was passed over. */
        void passedOver(long times);

        /** Requests an earlier call of {@link LoadModel#advance} than it returned. */
        void wake();
    }

    /**
     * One replica's share of a flock.
     *
     * @param monkeys in ascending order
     * @param load with this replica's share of the rates
     * @param phase of this replica's arrivals between two of them, 0 to 1, so that the arrivals of all replicas together are even
     */
    @SuppressWarnings("ArrayRecordComponent") // up to ten million numbers; shares are never compared
    record FlockShare(int[] monkeys, Load load, double phase) {

        static FlockShare of(Flock flock, FlockPartition partition, int replica) {
            int before = partition.present().headSet(replica).size();
            return new FlockShare(
                    partition.of(replica, flock.count()),
                    switch (flock.load()) {
                        case Load.Closed closed -> closed;
                        case Load.Open open ->
                            RateShares.of(open, partition, flock.count()).get(replica);
                    },
                    (before + 0.5) / partition.present().size());
        }
    }
}
