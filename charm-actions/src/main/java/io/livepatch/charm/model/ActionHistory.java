package io.livepatch.charm.model;

import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The results of the most recent actions; pure changes of the model. */
public final class ActionHistory {
    private static final int MAX_ACTIONS = 100;

    private ActionHistory() {}

    /** The model with an action that is about to run; its number is the model's {@link Model#nextId()} before. */
    public static Model begin(Model model, String unit, String action, Instant now) {
        NavigableMap<Integer, ActionRecord> all = new TreeMap<>(model.actions());
        all.put(model.nextId(), new ActionRecord(unit, action, ActionRecord.Outcome.RUNNING, "", new TreeMap<>(), now));
        while (all.size() > MAX_ACTIONS) {
            all.remove(all.firstKey());
        }
        return model.withActions(all, model.nextId() + 1);
    }

    public static Model end(
            Model model,
            int id,
            ActionRecord.Outcome outcome,
            String message,
            Map<String, String> results,
            Instant now) {
        ActionRecord entry = model.actions().get(id);
        if (entry == null) {
            return model;
        }
        return model.withActions(
                Model.with(
                        model.actions(),
                        id,
                        new ActionRecord(entry.unit(), entry.action(), outcome, message, new TreeMap<>(results), now)),
                model.nextId());
    }

    /** Marks actions as aborted that ran when the controller ended. They are not repeated, because their progress is unknown. */
    public static Model abortRunning(Model model, Instant now) {
        Model changed = model;
        for (Map.Entry<Integer, ActionRecord> entry : model.actions().entrySet()) {
            if (entry.getValue().outcome() == ActionRecord.Outcome.RUNNING) {
                changed = end(
                        changed,
                        entry.getKey(),
                        ActionRecord.Outcome.ABORTED,
                        "the controller ended during the action",
                        Map.of(),
                        now);
            }
        }
        return changed;
    }

    /** The record of an action, without its parameters, which may be secret. */
    public record ActionRecord(
            String unit,
            String action,
            Outcome outcome,
            String message,
            NavigableMap<String, String> results,
            Instant at) {

        public ActionRecord {
            results = Model.frozen(results);
        }

        /** Juju's outcomes. */
        public enum Outcome {
            RUNNING,
            COMPLETED,
            FAILED,
            /** The controller ended during the action. */
            ABORTED
        }
    }
}
