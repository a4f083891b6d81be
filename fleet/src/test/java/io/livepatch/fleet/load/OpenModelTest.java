package io.livepatch.fleet.load;

import static io.livepatch.fleet.load.Flocks.MILLI;
import static io.livepatch.fleet.load.Flocks.SECOND;
import static io.livepatch.fleet.load.Flocks.constant;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.SimulatedTurns.Lost;
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

    private final SimulatedTurns turns = new SimulatedTurns();

    private static Flock flock(int count, double perSecond, Optional<Duration> duration) {
        return Flocks.of(count, Flocks.loop(Duration.ofHours(1)), constant(perSecond), duration);
    }

    private static LoadModel rhythm(Flock flock, IterationExecutor turns) {
        return LoadModels.of(flock, new Monkeys(flock.count(), 2), turns, LIMITS, new SplittableRandom(1));
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
    void turnsAreDueAsThePlanSays() {
        Flock flock = flock(1000, 10, Optional.of(Duration.ofSeconds(5)));
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -SECOND);

        turns.pass(loadModel, -SECOND, 100 * SECOND);

        assertThat(turns.moments()).isEqualTo(every(50 * MILLI, 100 * MILLI, 5 * SECOND));
        assertThat(turns.monkeys()).doesNotHaveDuplicates();
        assertThat(loadModel.over(4 * SECOND)).isTrue();
        assertThat(loadModel.alive(4 * SECOND)).isEqualTo(1000);
        assertThat(loadModel.alive(-1)).as("before the common start").isZero();
    }

    @Test
    void thoseThatAreLateAreBegunTogetherWithTheMomentsTheyWereMeantFor() {
        Flock flock = flock(1000, 10, Optional.empty());
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -SECOND);

        assertThat(loadModel.advance(3 * SECOND)).isEqualTo(3050 * MILLI);

        assertThat(turns.moments()).isEqualTo(every(50 * MILLI, 100 * MILLI, 3 * SECOND));
        assertThat(turns.lost).isEmpty();
    }

    @Test
    void aTurnThatFindsNobodyFreeWaitsAndKeepsItsMoment() {
        Flock flock = flock(2, 10, Optional.empty());
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -SECOND);

        loadModel.advance(SECOND);
        assertThat(turns.moments()).containsExactly(50 * MILLI, 150 * MILLI);
        assertThat(turns.told).isEqualTo(8);
        turns.end(0, true, SECOND, loadModel);
        turns.end(0, false, SECOND, loadModel);

        assertThat(turns.moments()).containsExactly(50 * MILLI, 150 * MILLI, 250 * MILLI, 350 * MILLI);
        assertThat(turns.lost).isEmpty();
    }

    @Test
    void whoIsBusyWhenItsTurnComesIsSaidToBePassedOver() {
        Flock flock = flock(2, 10, Optional.empty());
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -SECOND);
        loadModel.advance(150 * MILLI);
        int second = turns.monkeys().getLast();
        turns.end(second, true, 200 * MILLI, loadModel);

        loadModel.advance(250 * MILLI);

        assertThat(turns.monkeys()).hasSize(3).endsWith(second, second);
        assertThat(turns.passedOver).isEqualTo(1);
    }

    @Test
    void beyondTheBoundTurnsAreLostAndSaidSo() {
        Flock flock = flock(10, 10, Optional.empty());
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -SECOND);

        loadModel.advance(11 * SECOND);

        assertThat(turns.begun).hasSize(10);
        assertThat(turns.told).isEqualTo(100);
        assertThat(turns.lost).hasSize(10).startsWith(new Lost(10_050 * MILLI, "overload"));
    }

    @Test
    void whatWasDueInTimeIsBegunAfterTheEndUnlessItTakesTooLong() {
        Flock flock = flock(1, 10, Optional.of(Duration.ofSeconds(1)));
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -SECOND);
        assertThat(loadModel.advance(SECOND)).isEqualTo(31 * SECOND);

        turns.end(0, true, 2 * SECOND, loadModel);
        assertThat(loadModel.over(2 * SECOND)).isFalse();
        assertThat(turns.begun).hasSize(2);
        loadModel.advance(31 * SECOND);

        assertThat(turns.lost).hasSize(8).contains(new Lost(950 * MILLI, "not begun"));
        turns.end(0, true, 32 * SECOND, loadModel);
        assertThat(loadModel.over(32 * SECOND)).isTrue();
    }

    @Test
    void theStopLosesWhatStillWaits() {
        Flock flock = flock(1, 10, Optional.empty());
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -SECOND);
        loadModel.advance(SECOND);

        loadModel.stop(SECOND);

        assertThat(turns.lost).hasSize(9);
        turns.end(0, true, SECOND, loadModel);
        assertThat(loadModel.advance(2 * SECOND)).isEqualTo(LoadModel.NEVER);
        assertThat(loadModel.over(2 * SECOND)).isTrue();
        assertThat(turns.begun).hasSize(1);
    }

    @Test
    void anotherShareHoldsFromItsMomentOnAndNothingIsDueTwiceOrLeftOut() {
        Flock flock = flock(1000, 10, Optional.of(Duration.ofSeconds(30)));
        SimulatedTurns others = new SimulatedTurns();
        LoadModel one = rhythm(flock, turns);
        LoadModel other = rhythm(flock, others);
        one.divide(share(flock, 0, 0, 1), -1);
        other.divide(share(flock, 1, 0, 1), -1);
        turns.pass(one, 0, 9 * SECOND);
        others.pass(other, 0, 9 * SECOND);

        // Both come to it late: what was due by then still goes by the old shares.
        one.divide(share(flock, 0, 0), 10 * SECOND);
        other.divide(share(flock, 1, 0), 10 * SECOND);
        turns.endAll(10 * SECOND, one);
        others.endAll(10 * SECOND, other);
        turns.pass(one, 10 * SECOND, 20 * SECOND);
        others.pass(other, 10 * SECOND, 20 * SECOND);
        one.divide(share(flock, 0, 0, 1), 20 * SECOND);
        other.divide(share(flock, 1, 0, 1), 20 * SECOND);
        turns.pass(one, 20 * SECOND, 40 * SECOND);
        others.pass(other, 20 * SECOND, 40 * SECOND);

        assertThat(Stream.concat(turns.moments().stream(), others.moments().stream())
                        .sorted())
                .isEqualTo(every(50 * MILLI, 100 * MILLI, 30 * SECOND));
        assertThat(others.moments())
                .filteredOn(moment -> moment / (10 * SECOND) == 1)
                .isEmpty();
        assertThat(turns.moments()).hasSize(200);
    }

    @Test
    void aDivisionThatComesLateDoesNotRepeatWhatWasBegunMeanwhile() {
        Flock flock = flock(1000, 10, Optional.of(Duration.ofSeconds(5)));
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), -1);
        turns.pass(loadModel, 0, 3 * SECOND);

        loadModel.divide(share(flock, 0, 0), 2 * SECOND);
        turns.pass(loadModel, 3 * SECOND, 10 * SECOND);

        assertThat(turns.moments()).isEqualTo(every(50 * MILLI, 100 * MILLI, 5 * SECOND));
    }

    @Test
    void monkeysThatComeTakeWhatWaits() {
        Flock flock = flock(2, 10, Optional.empty());
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0, 1), -1);
        loadModel.advance(SECOND);
        assertThat(turns.begun).hasSize(1);

        int wakes = turns.wakes;
        loadModel.divide(share(flock, 0, 0), SECOND);
        assertThat(turns.wakes).as("the keeper may have slept for long").isGreaterThan(wakes);
        loadModel.advance(SECOND);

        assertThat(turns.monkeys()).containsExactly(0, 1);
        assertThat(turns.moments()).isSorted();
        assertThat(turns.offered).as("each is due once").isSorted().doesNotHaveDuplicates();
    }

    @Test
    void whoComesLateHasNoPast() {
        Flock flock = flock(1000, 10, Optional.empty());
        LoadModel loadModel = rhythm(flock, turns);
        loadModel.divide(share(flock, 0, 0), 100 * SECOND);

        assertThat(loadModel.advance(100 * SECOND)).isEqualTo(100_050 * MILLI);
        assertThat(turns.begun).isEmpty();
    }
}
