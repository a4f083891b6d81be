package io.livepatch.charm.local;

import io.livepatch.charm.api.Action;
import io.livepatch.charm.api.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** An action on its way; its parameters live only here, because they may be secret. */
record PendingAction(
        int id,
        ActionSpec spec,
        Action action,
        Map<String, String> parameters,
        Consumer<String> progress,
        CompletableFuture<ActionResult> answer) {

    void complete(ActionResult result) {
        answer.complete(result);
    }

    void fail(RuntimeException cause) {
        answer.completeExceptionally(cause);
    }

    @Override
    public String toString() {
        return "action " + id + " " + spec.name();
    }
}
