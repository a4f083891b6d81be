package io.livepatch.charm.local;

import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.ActionHistory;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelLookup;
import io.livepatch.charm.wire.ControllerRequest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** Runs one action on one unit and returns the result in Juju's form. */
final class ActionRun {
    private final Controller controller;
    private final Consumer<String> progress;

    ActionRun(Controller controller, Consumer<String> progress) {
        this.controller = controller;
        this.progress = progress;
    }

    /** Returns {@code {"<unit>": {"id", "status", "results", "message", "timing"}}}. */
    Map<String, Object> run(ControllerRequest.Run request) {
        UnitName unit = ModelLookup.unit(controller.model(), request.unit());
        Charm charm = controller.charmOf(unit);
        ActionSpec spec = charm.metadata().action(request.action());
        Map<String, String> parameters = spec.check(request.parameters());
        Action action = charm.action(request.action());
        UnitAgent agent = controller
                .agent(unit)
                .orElseThrow(() -> new CharmException("unit '" + unit + "' is being started; try again"));
        int id = begin(unit, request.action());
        progress.accept("running action " + id + " '" + request.action() + "' on " + unit);
        try (UnitStatusRegistry.Subscription _ = controller.context().statuses().listen(this::report)) {
            CompletableFuture<ActionResult> result = agent.actions().queue(id, spec, action, parameters, progress);
            controller.context().wake().run();
            return Map.of(unit.toString(), await(id, result, now()));
        }
    }

    private void report(UnitName unit, UnitStatus status) {
        progress.accept(unit + "  " + status);
    }

    private int begin(UnitName unit, String action) {
        Model after = controller
                .context()
                .store()
                .update(model -> ActionHistory.begin(model, unit.toString(), action, now()));
        return after.actions().lastKey();
    }

    private Map<String, Object> await(int id, CompletableFuture<ActionResult> pending, Instant begun) {
        try {
            ActionResult result = pending.get();
            Map<String, String> shown = new LinkedHashMap<>(result.results());
            shown.putAll(result.secrets());
            return answer(id, "completed", "", shown, begun);
        } catch (ExecutionException e) {
            String message = String.valueOf(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
            return answer(id, "failed", message, Map.of(), begun);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CharmException("interrupted while waiting for action " + id, e);
        }
    }

    private Map<String, Object> answer(
            int id, String status, String message, Map<String, String> results, Instant begun) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", String.valueOf(id));
        answer.put("status", status);
        if (!message.isEmpty()) {
            answer.put("message", message);
        }
        answer.put("results", results);
        answer.put("timing", Map.of("started", begun.toString(), "completed", now().toString()));
        return answer;
    }

    private Instant now() {
        return controller.context().clock().instant();
    }
}
