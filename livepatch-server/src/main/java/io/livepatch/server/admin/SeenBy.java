package io.livepatch.server.admin;

import java.net.http.HttpHeaders;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Which units have a change, as the server's answer to it says.
 *
 * @param units how many are live; 0 if the server could not find out
 * @param lagging the names of those that do not have it yet, separated by commas; empty if all have it
 */
record SeenBy(int units, String lagging) {
    private static final String UNITS = "Livepatch-Units";
    private static final String LAGGING = "Livepatch-Lagging";

    /** Empty for an answer to something that is no change, and from a server of an older version. */
    static Optional<SeenBy> of(HttpHeaders headers) {
        return headers.firstValue(UNITS)
                .filter(units -> units.matches("\\d{1,6}|unknown"))
                .map(units -> units.equals("unknown")
                        ? new SeenBy(0, "")
                        : new SeenBy(
                                Integer.parseInt(units),
                                Problem.printable(headers.firstValue(LAGGING).orElse(""))));
    }

    /** Whether the server could ask its database; the unit that answers is live itself. */
    boolean known() {
        return units > 0;
    }

    boolean complete() {
        return known() && lagging.isEmpty();
    }

    /** As the server writes it into its JSON. */
    JsonNode json() {
        var names = AdminApi.JSON.createArrayNode();
        for (String name : lagging.isEmpty() ? new String[0] : lagging.split(", ")) {
            names.add(name);
        }
        return AdminApi.JSON.createObjectNode().put("units", units).set("lagging", names);
    }
}
