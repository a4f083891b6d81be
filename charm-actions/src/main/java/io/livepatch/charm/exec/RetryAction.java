package io.livepatch.charm.exec;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The action {@code retry} of all charms: has a configuration that was refused tried again, and is pending until that is decided. */
public final class RetryAction implements Charm.Action {
    /** In the progress of a pending call. */
    public static final String BEGUN = "retried";

    private static final Duration LIMIT = Duration.ofMinutes(5);

    @Override
    public ActionAnswer run(Unit unit, Charm.ActionCall call) {
        Optional<String> refusal = Trial.of(unit).refusal().map(Trial.Refusal::reason);
        if (call.first()) {
            if (refusal.isEmpty()) {
                throw new CharmException(
                        "no configuration of '" + unit.name() + "' is refused; its status says what it waits for");
            }
            Trial.requestRetry(unit);
        } else if (!Trial.retryRequested(unit)) {
            if (refusal.isPresent()) {
                throw new CharmException("the configuration is refused again: " + refusal.get()
                        + "; change the options, then it is tried");
            }
            if (Trial.of(unit).attempt().isEmpty() && Trial.of(unit).wasActiveWith(unit.config())) {
                return ActionResult.of("accepted", "true");
            }
        }
        return new ActionAnswer.Pending("the configuration is on trial", Map.of(BEGUN, "true"));
    }

    @Override
    public Duration limit() {
        return LIMIT;
    }
}
