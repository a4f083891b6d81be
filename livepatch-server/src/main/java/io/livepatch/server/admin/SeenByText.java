package io.livepatch.server.admin;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Texts for a person about the member {@code seen-by}: the units that have a change. Pure. */
public final class SeenByText {
    private static final String SOON = "; a unit that reaches the database has it within 10 s";

    private SeenByText() {}

    /** Empty if all reporting units have the change. A lagging unit is not a failure, since the change itself is made. */
    public static Optional<String> warning(JsonNode seenBy) {
        if (seenBy.has("problem")) {
            return Optional.of(
                    "warning: the change is made, but the database did not say which units have it yet" + SOON);
        }
        if (seenBy.path("lagging").isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> silent = new HashMap<>();
        seenBy.path("silent")
                .forEach(unit -> silent.put(
                        unit.path("unit").asString(""),
                        " (not heard of since " + unit.path("since").asString("") + ")"));
        String names = seenBy.path("lagging")
                .valueStream()
                .map(name -> name.asString("") + silent.getOrDefault(name.asString(""), ""))
                .collect(Collectors.joining(", "));
        return Optional.of("warning: the change is made, but not all units have it yet: " + names + SOON);
    }

    /** Empty if there is one unit, or a {@link #warning}. Units of earlier releases do not report. */
    public static Optional<String> confirmation(JsonNode seenBy) {
        return units(seenBy) > 1 && warning(seenBy).isEmpty()
                ? Optional.of("all " + units(seenBy) + " units that report have it")
                : Optional.empty();
    }

    private static int units(JsonNode seenBy) {
        return seenBy.path("units").asInt(0);
    }
}
