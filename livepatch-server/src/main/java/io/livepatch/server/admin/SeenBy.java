package io.livepatch.server.admin;

import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which units have a change in memory, read from the headers of the answer to the change.
 *
 * @param units how many are live; 0 if the server does not know
 * @param lagging the names of those that do not have it yet, separated by commas; empty if all have it
 * @param silent those of them that are not live, each with the time of its last report, separated by commas
 */
record SeenBy(int units, String lagging, String silent) {
    static final SeenBy UNKNOWN = new SeenBy(0, "", "");

    private static final String UNITS = "Livepatch-Units";
    private static final String LAGGING = "Livepatch-Lagging";
    private static final String SILENT = "Livepatch-Silent";

    /** Empty for the answer to a request that changes nothing, and from a server of an older version. */
    static Optional<SeenBy> of(HttpHeaders headers) {
        return headers.firstValue(UNITS)
                .filter(units -> units.matches("\\d{1,6}|unknown"))
                .map(units -> units.equals("unknown")
                        ? UNKNOWN
                        : new SeenBy(Integer.parseInt(units), printable(headers, LAGGING), printable(headers, SILENT)));
    }

    private static String printable(HttpHeaders headers, String name) {
        return TerminalText.printable(headers.firstValue(name).orElse(""));
    }

    /** The JSON that the server writes for the same information. */
    JsonNode json() {
        ObjectNode json = AdminApi.JSON.createObjectNode().put("units", units);
        ArrayNode names = json.putArray("lagging");
        list(lagging).forEach(names::add);
        if (units == 0) {
            // The unit that answers is live, so a known number is at least 1.
            json.put("problem", "it is not known which units have the change yet");
        }
        if (!silent.isEmpty()) {
            ArrayNode times = json.putArray("silent");
            list(silent)
                    .map(one -> one.split(" ", 2))
                    .forEach(one -> times.addObject().put("unit", one[0]).put("since", one[one.length - 1]));
        }
        return json;
    }

    private static Stream<String> list(String header) {
        return header.isEmpty() ? Stream.empty() : Arrays.stream(header.split(", "));
    }
}
