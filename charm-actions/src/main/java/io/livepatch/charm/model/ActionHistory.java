package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The most recent actions; pure changes of the model. */
public final class ActionHistory {
    private static final int MAX_ENDED = 100;

    private ActionHistory() {}

    /** The model with an action that is about to run; its number is the model's {@link Model#nextId()} before. */
    public static Model begin(Model model, String unit, String action, Instant now) {
        NavigableMap<Integer, ActionRecord> all = new TreeMap<>(model.actions());
        all.put(
                model.nextId(),
                new ActionRecord(
                        unit, action, ActionRecord.Outcome.RUNNING, "", new TreeMap<>(), now, Optional.empty()));
        int ended = 0;
        for (Map.Entry<Integer, ActionRecord> entry :
                model.actions().descendingMap().entrySet()) {
            if (entry.getValue().ended() && ++ended > MAX_ENDED) {
                all.remove(entry.getKey());
            }
        }
        return model.withActions(all, model.nextId() + 1);
    }

    /** The model in which a running action waits. */
    public static Model wait(Model model, int id, ActionRecord.Waiting waiting) {
        ActionRecord entry = model.actions().get(id);
        return entry == null
                ? model
                : model.withActions(Model.with(model.actions(), id, entry.withWaiting(waiting)), model.nextId());
    }

    public static Model end(
            Model model,
            int id,
            ActionRecord.Outcome outcome,
            String message,
            Map<String, String> results,
            Instant now) {
        ActionRecord entry = model.actions().get(id);
        return entry == null || entry.ended()
                ? model
                : model.withActions(
                        Model.with(model.actions(), id, entry.asEnded(outcome, message, results, now)), model.nextId());
    }

    /**
     * Marks actions as aborted that ran when the controller ended: they are not repeated, because their progress is unknown. Pending
     * ones continue if their charm still has them.
     */
    public static Model abortRunning(Model model, Map<String, CharmMetadata> charms, Instant now) {
        Model changed = model;
        for (Map.Entry<Integer, ActionRecord> entry : model.actions().entrySet()) {
            if (entry.getValue().waiting().isEmpty() || !exists(entry.getValue(), model, charms)) {
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

    private static boolean exists(ActionRecord record, Model model, Map<String, CharmMetadata> charms) {
        return UnitName.parse(record.unit())
                .flatMap(unit -> model.application(unit.application()))
                .map(app -> charms.get(app.charm()))
                .filter(charm -> charm.actions().containsKey(record.action()))
                .isPresent();
    }

    /**
     * The record of an action.
     *
     * @param at when it ended, or when it began if it has not ended
     * @param waiting what a pending action waits for
     */
    public record ActionRecord(
            String unit,
            String action,
            Outcome outcome,
            String message,
            NavigableMap<String, String> results,
            Instant at,
            Optional<Waiting> waiting) {

        public ActionRecord {
            results = Model.frozen(results);
        }

        /** Juju's outcomes. */
        public enum Outcome {
            RUNNING,
            COMPLETED,
            FAILED,
            CANCELLED,
            /** The controller ended during the action. */
            ABORTED
        }

        /**
         * What a pending action waits for.
         *
         * @param progress what the action noted for its next call
         * @param parameters those that are not sensitive
         * @param deadline when it has failed
         */
        public record Waiting(
                String text,
                NavigableMap<String, String> progress,
                NavigableMap<String, String> parameters,
                Instant deadline) {
            public Waiting {
                progress = Model.frozen(progress);
                parameters = Model.frozen(parameters);
            }
        }

        boolean ended() {
            return outcome != Outcome.RUNNING;
        }

        ActionRecord withWaiting(Waiting value) {
            return new ActionRecord(unit, action, outcome, message, results, at, Optional.of(value));
        }

        ActionRecord asEnded(Outcome how, String why, Map<String, String> values, Instant when) {
            return new ActionRecord(unit, action, how, why, new TreeMap<>(values), when, Optional.empty());
        }
    }
}
