package io.livepatch.charm.api;

import java.util.List;
import java.util.Optional;

/**
 * The most units that an application may have as it is configured.
 *
 * @param reason why, as a part of a sentence
 * @param way how to come by more; empty when there is none
 */
public record ScaleLimit(int units, String reason, Optional<Way> way) {

    public ScaleLimit {
        if (units < 1) {
            throw new IllegalArgumentException("a limit of " + units + " units leaves nothing to scale");
        }
    }

    /**
     * The way to a configuration without the limit, and back.
     *
     * @param action what is to be run on a unit before {@code setting} is set
     * @param backAction what is to be run on the last unit before it is unset
     * @param setting {@code option=value}
     */
    public record Way(String action, String backAction, String setting) {}

    /** What to type after {@code juju}, line by line, so that there can be more units than {@code unit} alone. */
    public List<String> wayOut(UnitName unit) {
        return way.map(it -> List.of(run(unit, it.action()), "config " + unit.application() + " " + it.setting()))
                .orElse(List.of());
    }

    /** What to type after {@code juju} so that these units, by number, may be configured with this limit. */
    public List<String> wayBack(List<UnitName> all) {
        return way.map(it -> List.of(removal(all), run(all.getFirst(), it.backAction())))
                .orElseGet(() -> List.of(removal(all)));
    }

    /** What to type after {@code juju} so that no more of these units are left than may be. */
    public String removal(List<UnitName> all) {
        return "remove-unit "
                + String.join(
                        " ", all.stream().skip(units).map(UnitName::toString).toList());
    }

    private static String run(UnitName unit, String action) {
        return "run " + unit + " " + action;
    }
}
