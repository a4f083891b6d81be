package io.livepatch.charm.local;

import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One action; its fields are guarded by the lock of its unit's actions. */
final class ActionTask {
    final int id;
    final ActionSpec spec;
    final Charm.Action action;
    final Consumer<String> listener;
    final CompletableFuture<ActionResult> answer = new CompletableFuture<>();
    /** In memory only if they are sensitive. */
    Map<String, String> parameters = Map.of();

    Map<String, String> progress = Map.of();
    String waitingFor = "";
    Instant deadline = Instant.MAX;
    long askedAt;
    boolean running;

    @Nullable
    Future<?> thread;

    ActionTask(int id, ActionSpec spec, Charm.Action action, Consumer<String> listener) {
        this.id = id;
        this.spec = spec;
        this.action = action;
        this.listener = listener;
    }

    boolean pending() {
        return !progress.isEmpty();
    }

    ActionRecord.Waiting waiting() {
        return new ActionRecord.Waiting(
                waitingFor, new TreeMap<>(progress), new TreeMap<>(spec.withoutSensitive(parameters)), deadline);
    }
}
