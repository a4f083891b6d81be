package io.livepatch.charm.model;

import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What actions have answered, the newest of them; pure changes of the model. */
public final class ActionLog {
    private static final int KEPT = 100;

    private ActionLog() {}

    /** The model with an action that is about to run; its number is the model's {@link Model#nextId()} before. */
    public static Model begin(Model model, String unit, String action, Instant now) {
        NavigableMap<Integer, ActionEntry> all = new TreeMap<>(model.actions());
        all.put(model.nextId(), new ActionEntry(unit, action, ActionEntry.Outcome.RUNNING, "", new TreeMap<>(), now));
        while (all.size() > KEPT) {
            all.remove(all.firstKey());
        }
        return model.withActions(all, model.nextId() + 1);
    }

    public static Model end(
            Model model,
            int id,
            ActionEntry.Outcome outcome,
            String message,
            Map<String, String> results,
            Instant now) {
        ActionEntry entry = model.actions().get(id);
        if (entry == null) {
            return model;
        }
        return model.withActions(
                Model.with(
                        model.actions(),
                        id,
                        new ActionEntry(entry.unit(), entry.action(), outcome, message, new TreeMap<>(results), now)),
                model.nextId());
    }

    /** Ends the actions that a controller left running when it ended: how far they came is unknown, so they are not run again. */
    public static Model abortRunning(Model model, Instant now) {
        Model changed = model;
        for (Map.Entry<Integer, ActionEntry> entry : model.actions().entrySet()) {
            if (entry.getValue().outcome() == ActionEntry.Outcome.RUNNING) {
                changed = end(
                        changed,
                        entry.getKey(),
                        ActionEntry.Outcome.ABORTED,
                        "the controller ended meanwhile",
                        Map.of(),
                        now);
            }
        }
        return changed;
    }
}
