package io.livepatch.charm.local;

import io.livepatch.charm.api.Action;
import io.livepatch.charm.api.ActionResult;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** An action on its way; its parameters live only here, because they may be secret. */
record PendingAction(
        int id, String name, Action action, Map<String, String> parameters, CompletableFuture<ActionResult> answer) {

    void complete(ActionResult result) {
        answer.complete(result);
    }

    void fail(RuntimeException cause) {
        answer.completeExceptionally(cause);
    }

    @Override
    public String toString() {
        return "action " + id + " " + name;
    }
}
