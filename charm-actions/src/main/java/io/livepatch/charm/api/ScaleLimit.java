package io.livepatch.charm.api;

import java.util.List;
import java.util.Optional;

/**
 * The most units that an application may have as it is configured.
 *
 * @param reason why, as a part of a sentence
 * @param migration how to come by more; empty when there is none
 */
public record ScaleLimit(int units, String reason, Optional<Migration> migration) {

    public ScaleLimit {
        if (units < 1) {
            throw new IllegalArgumentException("a limit of " + units + " units leaves nothing to scale");
        }
    }

    /**
     * The way to a configuration without the limit, and back.
     *
     * @param action what is to be run on a unit before {@code setting} is set
     * @param reverseAction what is to be run on the last unit before it is unset
     * @param setting {@code option=value}
     */
    public record Migration(String action, String reverseAction, String setting) {}

    /** What to type after {@code juju}, line by line, so that there can be more units than {@code unit} alone. */
    public List<String> commandsToScale(UnitName unit) {
        return migration.map(it -> List.of(run(unit, it.action()), "config " + unit.application() + " " + it.setting()))
                .orElse(List.of());
    }

    /** What to type after {@code juju} so that these units, by number, may be configured with this limit. */
    public List<String> commandsToReturn(List<UnitName> all) {
        return migration.map(it -> List.of(removalCommand(all), run(all.getFirst(), it.reverseAction())))
                .orElseGet(() -> List.of(removalCommand(all)));
    }

    /** What to type after {@code juju} so that no more of these units are left than may be. */
    public String removalCommand(List<UnitName> all) {
        return "remove-unit "
                + String.join(
                        " ", all.stream().skip(units).map(UnitName::toString).toList());
    }

    private static String run(UnitName unit, String action) {
        return "run " + unit + " " + action;
    }
}
