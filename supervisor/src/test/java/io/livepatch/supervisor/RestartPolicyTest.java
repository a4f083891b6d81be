package io.livepatch.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RestartPolicyTest {

    @Test
    void everyPauseIsBetweenTheInitialOneAndTheCeiling() {
        RestartPolicy policy = RestartPolicy.DEFAULT;
        SplittableRandom random = new SplittableRandom(7);
        for (int crashes = 0; crashes < 10_000; crashes++) {
            Duration ceiling = crashes < 20 ? policy.initial().multipliedBy(1L << (crashes + 1)) : policy.cap();
            assertThat(policy.pause(crashes, random))
                    .isBetween(policy.initial(), ceiling.compareTo(policy.cap()) < 0 ? ceiling : policy.cap());
        }
        assertThat(policy.pause(Integer.MAX_VALUE - 1, random)).isBetween(policy.initial(), policy.cap());
    }

    @Test
    void jitterSpreadsRestartsOfWorkersThatCrashedTogether() {
        SplittableRandom random = new SplittableRandom(7);
        assertThat(java.util.stream.IntStream.range(0, 1000)
                        .mapToObj(i -> RestartPolicy.DEFAULT.pause(5, random))
                        .distinct()
                        .count())
                .isGreaterThan(990);
    }

    @Test
    void anInitialPauseOfZeroIsRefused() {
        assertThatThrownBy(() -> new RestartPolicy(
                        Duration.ZERO, Duration.ofSeconds(1), 1, Duration.ofSeconds(1), OptionalInt.empty()))
                .isInstanceOf(SupervisorException.InvalidSpec.class)
                .hasMessage("'PT0S' is no initial pause: it must be longer than nothing");
    }
}
