package io.livepatch.charm.api;

import java.util.List;
import java.util.Optional;

/**
 * The maximum number of units of an application with its current configuration.
 *
 * @param reason the reason, as a part of a sentence
 * @param migration how to lift the limit; empty if it cannot be lifted
 */
public record ScaleLimit(int units, String reason, Optional<Migration> migration) {

    public ScaleLimit {
        if (units < 1) {
            throw new IllegalArgumentException("a limit of " + units + " units leaves nothing to scale");
        }
    }

    /**
     * The change to a configuration without the limit, and back.
     *
     * @param action the action to run on a unit before {@code setting} is set
     * @param reverseAction the action to run on the last unit before it is unset
     * @param setting {@code option=value}
     */
    public record Migration(String action, String reverseAction, String setting) {}

    /** The juju commands that lift the limit of the application with this unit. */
    public List<String> commandsToScale(UnitName unit) {
        return migration
                .map(it -> List.of(run(unit, it.action()), "config " + unit.application() + " " + it.setting()))
                .orElse(List.of());
    }

    /** The juju commands after which the application with these units may have this limit. */
    public List<String> commandsToReturn(List<UnitName> all) {
        return migration
                .map(it -> List.of(removalCommand(all), run(all.getFirst(), it.reverseAction())))
                .orElseGet(() -> List.of(removalCommand(all)));
    }

    /** The juju command that removes the units above the limit. */
    public String removalCommand(List<UnitName> all) {
        return "remove-unit "
                + String.join(
                        " ", all.stream().skip(units).map(UnitName::toString).toList());
    }

    private static String run(UnitName unit, String action) {
        return "run " + unit + " " + action;
    }
}
