package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.RestartPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code restart}: the pauses after crashes. How many crashes are too many is Monoceros' {@code max_restarts}. */
final class RestartSection {

    static final Key<Duration> INITIAL = Readings.positiveDuration("initial");
    static final Key<Duration> CAP = Readings.positiveDuration("cap");
    static final Key<Double> JITTER = Readings.ratio("jitter");
    static final Key<Duration> STABLE_AFTER = Readings.positiveDuration("stable_after");
    static final Section RESTART = Section.of("restart", List.of(INITIAL, CAP, JITTER, STABLE_AFTER));

    private RestartSection() {}

    static RestartPolicy read(Optional<Values> part, OptionalInt maxCrashes) {
        RestartPolicy standard = RestartPolicy.DEFAULT;
        if (part.isEmpty()) {
            return maxCrashes.isPresent() ? standard.withMaxCrashes(maxCrashes.getAsInt()) : standard;
        }
        Values values = part.orElseThrow();
        Duration initial = values.get(INITIAL).orElse(standard.initial());
        Duration cap = values.get(CAP).orElse(standard.cap());
        double jitter = values.get(JITTER).orElse(standard.jitter());
        Duration stable = values.get(STABLE_AFTER).orElse(standard.stableAfter());
        if (cap.compareTo(initial) < 0 && !values.problems().under(values.pathOf(CAP.name()))) {
            String below =
                    "'%s' is below the initial pause of %s".formatted(GoDuration.print(cap), GoDuration.print(initial));
            values.note(CAP.name(), below + "; raise it, or lower 'initial'");
        }
        return values.together("", () -> new RestartPolicy(initial, cap, jitter, stable, maxCrashes), standard);
    }
}
