package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.replica.AvailabilityLog.Outage;
import io.livepatch.fleet.replica.RunView.LoadGap;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class OutageTest {
    private final UUID one = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();

    private static Instant at(long second) {
        return Instant.EPOCH.plusSeconds(second);
    }

    private static Outage outage(UUID observer, int replica, long from, long covered, long to) {
        return new Outage(observer, replica, at(from), at(covered), to < 0 ? Optional.empty() : Optional.of(at(to)));
    }

    private static LoadGap gap(int replica, long from, long covered, long to) {
        return new LoadGap(replica, at(from), at(covered), to < 0 ? Optional.empty() : Optional.of(at(to)));
    }

    @Test
    void outagesOfSeveralObserversAreJoined() {
        assertThat(Outage.join(
                        List.of(
                                outage(other, 3, 11, 15, 29),
                                outage(one, 3, 10, 14, 30),
                                outage(one, 3, 50, 54, -1),
                                outage(one, 2, 20, 24, 25)),
                        Set.of(one, other)))
                .containsExactly(gap(3, 10, 15, 30), gap(2, 20, 24, 25), gap(3, 50, 54, -1));
    }

    @Test
    void lostObserverCannotSeeTheEnd() {
        assertThat(Outage.join(List.of(outage(one, 3, 10, 14, -1), outage(other, 3, 11, 13, 30)), Set.of(other)))
                .containsExactly(gap(3, 10, 14, 30));
    }

    @Test
    void belowTargetEndsWhenTheShareIsCoveredAndCountsOverlapsOnce() {
        assertThat(LoadGap.belowTarget(List.of(gap(3, 10, 15, 30), gap(2, 12, 17, -1), gap(1, 40, 41, 50))))
                .isEqualTo(Duration.ofSeconds(8));
        assertThat(LoadGap.belowTarget(List.of())).isZero();
    }

    @Test
    void outagesAreRecordedWithBeginAndEnd() {
        AvailabilityLog availabilityLog = new AvailabilityLog(one);
        availabilityLog.observe(Set.of(), replica -> at(1), at(5));
        availabilityLog.observe(Set.of(2), replica -> at(7), at(10));
        availabilityLog.observe(Set.of(2, 3), replica -> at(8), at(12));
        availabilityLog.observe(Set.of(3), replica -> at(9), at(20));
        assertThat(availabilityLog.all())
                .containsExactlyInAnyOrder(outage(one, 2, 7, 10, 20), outage(one, 3, 8, 12, -1));
    }

    @Test
    void mergedOutageKeepsItsEnd() {
        AvailabilityLog availabilityLog = new AvailabilityLog(one);
        availabilityLog.merge(List.of(outage(other, 2, 7, 10, 20)));
        availabilityLog.merge(List.of(outage(other, 2, 7, 10, -1)));
        assertThat(availabilityLog.all()).containsExactly(outage(other, 2, 7, 10, 20));
    }

    @Test
    void heldReplicaObservesNoOutages() {
        AvailabilityLog availabilityLog = new AvailabilityLog(one);
        availabilityLog.observe(Set.of(2), replica -> at(7), at(10));
        availabilityLog.recordHold(0, at(11), at(30));
        availabilityLog.observe(Set.of(), replica -> at(7), at(31));
        assertThat(availabilityLog.all())
                .containsExactlyInAnyOrder(outage(one, 2, 7, 10, 30), outage(one, 0, 11, 30, 30));
    }
}
