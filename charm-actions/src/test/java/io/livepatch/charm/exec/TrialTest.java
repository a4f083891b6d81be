package io.livepatch.charm.exec;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.ServiceState.End;
import io.livepatch.charm.api.ServiceState.Phase;
import io.livepatch.charm.exec.Trial.Attempt;
import io.livepatch.charm.exec.Trial.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrialTest {
    private static final Instant BEGUN = Instant.parse("2026-12-01T07:00:00Z");
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Trial.Rules RULES = new Trial.Rules(Set.of(2), LIMIT);
    private static final Trial NONE = new Trial(Map.of(), Optional.empty(), Optional.empty());
    private static final Trial TRIAL = NONE.begun("new", BEGUN, 0);

    private static Optional<End> end(OptionalInt code, Duration started) {
        return Optional.of(new End(
                code,
                code.isPresent() ? Optional.empty() : Optional.of("KILL"),
                BEGUN.plus(started),
                BEGUN.plus(started).plusMillis(300),
                Optional.empty()));
    }

    private static ServiceState service(Phase phase, Optional<End> end, boolean upToDate) {
        boolean ready = phase == Phase.READY;
        return new ServiceState(
                "web",
                phase,
                "new",
                Optional.empty(),
                0,
                ready ? Optional.empty() : Optional.of("not ready: 503"),
                end,
                Optional.empty(),
                ready ? 1 : 0,
                ready && upToDate ? 1 : 0,
                upToDate);
    }

    private static Trial.Observation seen(ServiceState service, Duration after) {
        boolean works = service.serves() && service.proven() > 0;
        return new Trial.Observation(service, works, false, Optional.of("port is taken"), BEGUN.plus(after));
    }

    private static Trial ended(int times) {
        return new Trial(
                Map.of(), Optional.of(new Attempt("new", BEGUN, 0, times, Optional.of(BEGUN))), Optional.empty());
    }

    @Test
    void aServiceThatWorksMakesItsConfigurationGood() {
        ServiceState works = service(Phase.READY, Optional.empty(), true);

        assertThat(TRIAL.judge(seen(works, Duration.ofSeconds(1)), RULES)).isEqualTo(new Verdict.Good());
        assertThat(TRIAL.judge(seen(works, LIMIT.multipliedBy(9)), RULES))
                .as("late, but it works")
                .isEqualTo(new Verdict.Good());
    }

    @Test
    void anExitCodeThatMeansRefusedRefusesAtOnceWithTheCause() {
        ServiceState refusing = service(Phase.FAILING, end(OptionalInt.of(2), Duration.ofSeconds(1)), true);

        assertThat(TRIAL.judge(seen(refusing, Duration.ofSeconds(2)), RULES))
                .isEqualTo(new Verdict.Refused("port is taken"));
        Trial.Observation silent =
                new Trial.Observation(refusing, false, false, Optional.empty(), BEGUN.plusSeconds(2));
        assertThat(TRIAL.judge(silent, RULES)).isEqualTo(new Verdict.Refused("the process ended with exit code 2"));
        ServiceState replacement = service(Phase.READY, end(OptionalInt.of(2), Duration.ofSeconds(1)), false);
        assertThat(TRIAL.judge(seen(replacement, Duration.ofSeconds(2)), RULES))
                .as("while a process of before serves")
                .isEqualTo(new Verdict.Refused("port is taken"));
    }

    @Test
    void theEndOfAProcessOfBeforeIsNoEndOfTheTrial() {
        ServiceState before = service(Phase.ENDED, end(OptionalInt.of(2), Duration.ofSeconds(-1)), true);

        assertThat(TRIAL.judge(seen(before, Duration.ofSeconds(2)), RULES)).isEqualTo(new Verdict.Pending());
    }

    @Test
    void anotherEndRefusesAfterRepetitions() {
        for (OptionalInt code : new OptionalInt[] {OptionalInt.of(1), OptionalInt.empty()}) {
            ServiceState crashed = service(Phase.FAILING, end(code, Duration.ofSeconds(1)), true);

            assertThat(ended(Trial.MAX_ENDS - 1).judge(seen(crashed, Duration.ofSeconds(2)), RULES))
                    .isEqualTo(new Verdict.Pending());
            assertThat(ended(Trial.MAX_ENDS).judge(seen(crashed, Duration.ofSeconds(2)), RULES))
                    .isEqualTo(new Verdict.Refused("the process ended 3 times, the last time with "
                            + (code.isPresent() ? "exit code 1" : "signal KILL") + ": port is taken"));
        }
    }

    @Test
    void aServiceThatIsNotReadyInTimeIsRefused() {
        ServiceState starting = service(Phase.STARTING, Optional.empty(), true);

        assertThat(TRIAL.judge(seen(starting, LIMIT.minusMillis(1)), RULES)).isEqualTo(new Verdict.Pending());
        assertThat(TRIAL.judge(seen(starting, LIMIT), RULES))
                .isEqualTo(new Verdict.Refused("not ready within 60 s: not ready: 503"));
        assertThat(TRIAL.judge(seen(starting, LIMIT.negated()), RULES))
                .as("after the clock was set back")
                .isInstanceOf(Verdict.Refused.class);
        ServiceState replaced = service(Phase.READY, Optional.empty(), false);
        assertThat(TRIAL.judge(seen(replaced, LIMIT), RULES))
                .as("the processes of before are ready, and the new one is not")
                .isEqualTo(new Verdict.Refused("not ready within 60 s"));
    }

    @Test
    void timeDoesNotCountDuringARecoveryNorWhileTheProcessesOfBeforeAreNotReadyEither() {
        ServiceState starting = service(Phase.STARTING, Optional.empty(), true);
        Trial.Observation recovering =
                new Trial.Observation(starting, false, true, Optional.empty(), BEGUN.plus(LIMIT.multipliedBy(100)));
        assertThat(TRIAL.judge(recovering, RULES)).isEqualTo(new Verdict.Pending());

        ServiceState databaseAway = service(Phase.STARTING, Optional.empty(), false);
        assertThat(TRIAL.judge(seen(databaseAway, LIMIT), RULES)).isEqualTo(new Verdict.Pending());
    }

    @Test
    void nothingIsRefusedWithoutATrial() {
        ServiceState refusing = service(Phase.FAILING, end(OptionalInt.of(2), Duration.ofSeconds(1)), true);

        assertThat(NONE.judge(seen(refusing, LIMIT), RULES)).isEqualTo(new Verdict.Pending());
        assertThat(TRIAL.ended().judge(seen(refusing, LIMIT), RULES)).isEqualTo(new Verdict.Pending());
    }

    @Test
    void aRefusalHoldsForItsConfigurationUntilAnotherIsTried() {
        Trial refused = TRIAL.refused("new", "port is taken");

        assertThat(refused.refusal("new")).contains("port is taken");
        assertThat(refused.tries("new")).isFalse();
        assertThat(refused.refusal("other")).isEmpty();
        assertThat(refused.ended().refusal("new"))
                .as("the last good one was started")
                .contains("port is taken");
        Trial other = refused.begun("other", BEGUN, 0);
        assertThat(other.tries("other")).isTrue();
        assertThat(other.refusal("new")).isEmpty();
    }
}
