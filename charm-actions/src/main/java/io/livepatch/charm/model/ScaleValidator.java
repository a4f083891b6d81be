package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.ScaleLimit;
import io.livepatch.charm.api.UnitName;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Refuses more units than an application's configuration allows, and a configuration that does not allow its units. The message has
 * the reason and then the commands to run, one a line.
 */
final class ScaleValidator {
    private static final String COMMAND = "\n  juju ";

    private final String name;
    private final CharmMetadata charm;
    private final List<UnitName> before;

    /** With the model before the change. */
    ScaleValidator(Model model, String name, CharmMetadata charm) {
        this.name = name;
        this.charm = charm;
        this.before = model.aliveUnits(name);
    }

    /**
     * The changed model.
     *
     * @throws CharmException.Invalid if the application has too many units for its configuration
     */
    Model check(Model changed) {
        Application app = ModelLookup.application(changed, name);
        List<UnitName> after = changed.aliveUnits(name);
        charm.scaleLimit(charm.effective(app.config()))
                .filter(limit -> after.size() > limit.units())
                .ifPresent(limit -> {
                    throw new CharmException.Invalid(
                            after.size() > before.size() ? tooMany(limit, after.size()) : tooTight(limit));
                });
        return changed;
    }

    private String tooMany(ScaleLimit limit, int units) {
        String problem = "'" + name + "' cannot have " + units + " units: " + limit.reason();
        if (limit.migration().isEmpty()) {
            return problem;
        }
        return before.isEmpty()
                ? problem + "; set another from the start, in a bundle's options or with" + deployCommand(limit, units)
                : problem + "; before that" + commands(limit.commandsToScale(before.getFirst()));
    }

    private String deployCommand(ScaleLimit limit, int units) {
        return limit.migration()
                .map(migration -> commands(List.of(
                        "deploy " + charm.name() + " " + name + " -n " + units + " --config " + migration.setting())))
                .orElse("");
    }

    private String tooTight(ScaleLimit limit) {
        return "'" + name + "' has " + before.size() + " units: " + limit.reason() + "; before that"
                + commands(limit.commandsToReturn(before));
    }

    private static String commands(List<String> lines) {
        return lines.stream().map(line -> COMMAND + line).collect(Collectors.joining("", ":", ""));
    }
}
