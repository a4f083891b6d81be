package io.livepatch.fleet.load;

import static io.livepatch.fleet.load.Flocks.MILLI;
import static io.livepatch.fleet.load.Flocks.SECOND;
import static io.livepatch.fleet.load.Flocks.constant;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun.Limits;
import io.livepatch.fleet.load.LoadModel.FlockShare;
import io.livepatch.fleet.load.LoadModel.IterationExecutor;
import io.livepatch.fleet.load.SimulatedExecutor.Lost;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class OpenModelTest {
    private static final Limits LIMITS = new Limits(100, Duration.ofSeconds(30));

    private final SimulatedExecutor executor = new SimulatedExecutor();

    private static Flock flock(int count, double perSecond, Optional<Duration> duration) {
        return Flocks.of(count, Flocks.loop(Duration.ofHours(1)), constant(perSecond), duration);
    }

    private static LoadModel model(Flock flock, IterationExecutor executor) {
        return LoadModel.of(flock, new MonkeyStates(flock.count(), 2), executor, LIMITS, new SplittableRandom(1));
    }

    private static FlockShare share(Flock flock, int replica, Integer... present) {
        return FlockShare.of(flock, new FlockPartition(2, new TreeSet<>(Set.of(present))), replica);
    }

    private static List<Long> every(long first, long step, long end) {
        return LongStream.iterate(first, moment -> moment < end, moment -> moment + step)
                .boxed()
                .toList();
    }

    @Test
    void iterationsAreDueByTheArrivalCurve() {
        Flock flock = flock(1000, 10, Optional.of(Duration.ofSeconds(5)));
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -SECOND);

        executor.pass(model, -SECOND, 100 * SECOND);

        assertThat(executor.moments()).isEqualTo(every(50 * MILLI, 100 * MILLI, 5 * SECOND));
        assertThat(executor.monkeys()).doesNotHaveDuplicates();
        assertThat(model.over(4 * SECOND)).isTrue();
        assertThat(model.alive(4 * SECOND)).isEqualTo(1000);
        assertThat(model.alive(-1)).as("before the common start").isZero();
    }

    @Test
    void lateIterationsBeginTogetherAndKeepTheirDueMoments() {
        Flock flock = flock(1000, 10, Optional.empty());
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -SECOND);

        assertThat(model.advance(3 * SECOND)).isEqualTo(3050 * MILLI);

        assertThat(executor.moments()).isEqualTo(every(50 * MILLI, 100 * MILLI, 3 * SECOND));
        assertThat(executor.lost).isEmpty();
    }

    @Test
    void iterationWithoutFreeMonkeyWaitsAndKeepsItsDueMoment() {
        Flock flock = flock(2, 10, Optional.empty());
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -SECOND);

        model.advance(SECOND);
        assertThat(executor.moments()).containsExactly(50 * MILLI, 150 * MILLI);
        assertThat(executor.reported).isEqualTo(8);
        executor.end(0, true, SECOND, model);
        executor.end(0, false, SECOND, model);

        assertThat(executor.moments()).containsExactly(50 * MILLI, 150 * MILLI, 250 * MILLI, 350 * MILLI);
        assertThat(executor.lost).isEmpty();
    }

    @Test
    void busyMonkeysAreReportedAsPassedOver() {
        Flock flock = flock(2, 10, Optional.empty());
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -SECOND);
        model.advance(150 * MILLI);
        int second = executor.monkeys().getLast();
        executor.end(second, true, 200 * MILLI, model);

        model.advance(250 * MILLI);

        assertThat(executor.monkeys()).hasSize(3).endsWith(second, second);
        assertThat(executor.passedOver).isEqualTo(1);
    }

    @Test
    void iterationsBeyondTheLimitAreReportedAsLost() {
        Flock flock = flock(10, 10, Optional.empty());
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -SECOND);

        model.advance(11 * SECOND);

        assertThat(executor.begun).hasSize(10);
        assertThat(executor.reported).isEqualTo(100);
        assertThat(executor.lost).hasSize(10).startsWith(new Lost(10_050 * MILLI, "overload"));
    }

    @Test
    void waitingIterationsBeginAfterTheEndUntilTheDeadline() {
        Flock flock = flock(1, 10, Optional.of(Duration.ofSeconds(1)));
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -SECOND);
        assertThat(model.advance(SECOND)).isEqualTo(31 * SECOND);

        executor.end(0, true, 2 * SECOND, model);
        assertThat(model.over(2 * SECOND)).isFalse();
        assertThat(executor.begun).hasSize(2);
        model.advance(31 * SECOND);

        assertThat(executor.lost).hasSize(8).contains(new Lost(950 * MILLI, "not begun"));
        executor.end(0, true, 32 * SECOND, model);
        assertThat(model.over(32 * SECOND)).isTrue();
    }

    @Test
    void stopLosesWaitingIterations() {
        Flock flock = flock(1, 10, Optional.empty());
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -SECOND);
        model.advance(SECOND);

        model.stop(SECOND);

        assertThat(executor.lost).hasSize(9);
        executor.end(0, true, SECOND, model);
        assertThat(model.advance(2 * SECOND)).isEqualTo(LoadModel.NEVER);
        assertThat(model.over(2 * SECOND)).isTrue();
        assertThat(executor.begun).hasSize(1);
    }

    @Test
    void newSharesApplyFromTheirMomentWithoutRepeatedOrMissingIterations() {
        Flock flock = flock(1000, 10, Optional.of(Duration.ofSeconds(30)));
        SimulatedExecutor others = new SimulatedExecutor();
        LoadModel one = model(flock, executor);
        LoadModel other = model(flock, others);
        one.divide(share(flock, 0, 0, 1), -1);
        other.divide(share(flock, 1, 0, 1), -1);
        executor.pass(one, 0, 9 * SECOND);
        others.pass(other, 0, 9 * SECOND);

        // Late: iterations that were due before this time still belong to the old shares.
        one.divide(share(flock, 0, 0), 10 * SECOND);
        other.divide(share(flock, 1, 0), 10 * SECOND);
        executor.endAll(10 * SECOND, one);
        others.endAll(10 * SECOND, other);
        executor.pass(one, 10 * SECOND, 20 * SECOND);
        others.pass(other, 10 * SECOND, 20 * SECOND);
        one.divide(share(flock, 0, 0, 1), 20 * SECOND);
        other.divide(share(flock, 1, 0, 1), 20 * SECOND);
        executor.pass(one, 20 * SECOND, 40 * SECOND);
        others.pass(other, 20 * SECOND, 40 * SECOND);

        assertThat(Stream.concat(executor.moments().stream(), others.moments().stream())
                        .sorted())
                .isEqualTo(every(50 * MILLI, 100 * MILLI, 30 * SECOND));
        assertThat(others.moments())
                .filteredOn(moment -> moment / (10 * SECOND) == 1)
                .isEmpty();
        assertThat(executor.moments()).hasSize(200);
    }

    @Test
    void lateDivisionDoesNotRepeatIterations() {
        Flock flock = flock(1000, 10, Optional.of(Duration.ofSeconds(5)));
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), -1);
        executor.pass(model, 0, 3 * SECOND);

        model.divide(share(flock, 0, 0), 2 * SECOND);
        executor.pass(model, 3 * SECOND, 10 * SECOND);

        assertThat(executor.moments()).isEqualTo(every(50 * MILLI, 100 * MILLI, 5 * SECOND));
    }

    @Test
    void addedMonkeysTakeWaitingIterations() {
        Flock flock = flock(2, 10, Optional.empty());
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0, 1), -1);
        model.advance(SECOND);
        assertThat(executor.begun).hasSize(1);

        int wakes = executor.wakes;
        model.divide(share(flock, 0, 0), SECOND);
        assertThat(executor.wakes).as("wake-ups of the scheduler").isGreaterThan(wakes);
        model.advance(SECOND);

        assertThat(executor.monkeys()).containsExactly(0, 1);
        assertThat(executor.moments()).isSorted();
        assertThat(executor.offered).as("each is due once").isSorted().doesNotHaveDuplicates();
    }

    @Test
    void lateStartSkipsThePast() {
        Flock flock = flock(1000, 10, Optional.empty());
        LoadModel model = model(flock, executor);
        model.divide(share(flock, 0, 0), 100 * SECOND);

        assertThat(model.advance(100 * SECOND)).isEqualTo(100_050 * MILLI);
        assertThat(executor.begun).isEmpty();
    }
}
