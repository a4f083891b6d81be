package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import java.util.Map;
import java.util.stream.Collectors;

/** Look-ups by names that an operator typed; failures come with a suggestion. */
public final class ModelLookup {
    private ModelLookup() {}

    public static Application application(Model model, String name) {
        Application app = model.applications().get(name);
        if (app == null) {
            throw new CharmException.Invalid("application '" + name + "' is not in the model"
                    + Suggestion.after(name, model.applications().keySet()));
        }
        return app;
    }

    /** An application that is not dying. */
    static Application aliveApplication(Model model, String name) {
        Application app = application(model, name);
        if (app.dying()) {
            throw new CharmException.Invalid("application '" + name + "' is being removed; wait until it is gone");
        }
        return app;
    }

    /** The unit named by {@code application/number} or {@code application/leader}. */
    public static UnitName unit(Model model, String typed) {
        if (typed.endsWith("/leader")) {
            String app = typed.substring(0, typed.length() - "/leader".length());
            application(model, app);
            return model.leader(app)
                    .orElseThrow(() -> new CharmException.Invalid("application '" + app + "' has no unit"));
        }
        return UnitName.parse(typed)
                .filter(name -> model.unit(name).isPresent())
                .orElseThrow(() -> new CharmException.Invalid("unit '" + typed + "' is not in the model"
                        + Suggestion.after(
                                typed,
                                model.units().stream().map(UnitName::toString).toList())));
    }

    /** One of the most recent actions, by its number. */
    public static ActionRecord action(Model model, int id) {
        ActionRecord action = model.actions().get(id);
        if (action == null) {
            throw new CharmException.Invalid("there is no task " + id
                    + (model.actions().isEmpty() ? "; no action has run" : "; the last ones are " + last(model)));
        }
        return action;
    }

    private static String last(Model model) {
        return model.actions().descendingMap().entrySet().stream()
                .limit(5)
                .map(entry -> entry.getKey() + " (" + entry.getValue().action() + " on "
                        + entry.getValue().unit() + ")")
                .collect(Collectors.joining(", "));
    }

    public static CharmMetadata metadata(Map<String, CharmMetadata> charms, String charm) {
        CharmMetadata metadata = charms.get(charm);
        if (metadata == null) {
            throw new CharmException.Invalid("charm '" + charm + "' is in the model but not in this build");
        }
        return metadata;
    }
}
