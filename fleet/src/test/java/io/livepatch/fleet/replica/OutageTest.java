package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

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

    private static Outage absence(UUID observer, int replica, long from, long covered, long to) {
        return new Outage(observer, replica, at(from), at(covered), to < 0 ? Optional.empty() : Optional.of(at(to)));
    }

    private static LoadGap shortfall(int replica, long from, long covered, long to) {
        return new LoadGap(replica, at(from), at(covered), to < 0 ? Optional.empty() : Optional.of(at(to)));
    }

    @Test
    void whatSeveralSawIsOneShortfall() {
        assertThat(Outage.join(
                        List.of(
                                absence(other, 3, 11, 15, 29),
                                absence(one, 3, 10, 14, 30),
                                absence(one, 3, 50, 54, -1),
                                absence(one, 2, 20, 24, 25)),
                        Set.of(one, other)))
                .containsExactly(shortfall(3, 10, 15, 30), shortfall(2, 20, 24, 25), shortfall(3, 50, 54, -1));
    }

    @Test
    void whoIsGoneCannotHaveSeenTheEnd() {
        assertThat(Outage.join(List.of(absence(one, 3, 10, 14, -1), absence(other, 3, 11, 13, 30)), Set.of(other)))
                .containsExactly(shortfall(3, 10, 14, 30));
    }

    @Test
    void belowTargetIsUntilTheOthersTookOverAndCountsNoMomentTwice() {
        assertThat(LoadGap.belowTarget(
                        List.of(shortfall(3, 10, 15, 30), shortfall(2, 12, 17, -1), shortfall(1, 40, 41, 50))))
                .isEqualTo(Duration.ofSeconds(8));
        assertThat(LoadGap.belowTarget(List.of())).isZero();
    }

    @Test
    void eachAbsenceIsNotedWithItsBeginAndItsEnd() {
        AvailabilityLog availabilityLog = new AvailabilityLog(one);
        availabilityLog.observe(Set.of(), replica -> at(1), at(5));
        availabilityLog.observe(Set.of(2), replica -> at(7), at(10));
        availabilityLog.observe(Set.of(2, 3), replica -> at(8), at(12));
        availabilityLog.observe(Set.of(3), replica -> at(9), at(20));
        assertThat(availabilityLog.all())
                .containsExactlyInAnyOrder(absence(one, 2, 7, 10, 20), absence(one, 3, 8, 12, -1));
    }

    @Test
    void whatIsHeardOfAnotherIsKeptAndAnEndIsNotForgotten() {
        AvailabilityLog availabilityLog = new AvailabilityLog(one);
        availabilityLog.hear(List.of(absence(other, 2, 7, 10, 20)));
        availabilityLog.hear(List.of(absence(other, 2, 7, 10, -1)));
        assertThat(availabilityLog.all()).containsExactly(absence(other, 2, 7, 10, 20));
    }

    @Test
    void whoDidNothingItselfCannotTellOfOthers() {
        AvailabilityLog availabilityLog = new AvailabilityLog(one);
        availabilityLog.observe(Set.of(2), replica -> at(7), at(10));
        availabilityLog.wasHeld(0, at(11), at(30));
        availabilityLog.observe(Set.of(), replica -> at(7), at(31));
        assertThat(availabilityLog.all())
                .containsExactlyInAnyOrder(absence(one, 2, 7, 10, 30), absence(one, 0, 11, 30, 30));
    }
}
