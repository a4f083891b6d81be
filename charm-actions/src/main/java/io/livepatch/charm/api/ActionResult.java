package io.livepatch.charm.api;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The result of an action.
 *
 * @param results shown to the operator who ran it, and kept in the model
 * @param secrets shown to the operator who ran it, and neither kept nor logged
 */
public record ActionResult(Map<String, String> results, Map<String, String> secrets) {

    public ActionResult {
        // Linked, not Map.copyOf: results are shown in the order in which the charm gave them.
        results = new LinkedHashMap<>(results);
        secrets = new LinkedHashMap<>(secrets);
    }

    public static ActionResult of(String key, String value) {
        return new ActionResult(Map.of(key, value), Map.of());
    }

    public static ActionResult of(Map<String, String> results) {
        return new ActionResult(results, Map.of());
    }

    public ActionResult with(String key, String value) {
        Map<String, String> all = new LinkedHashMap<>(results);
        all.put(key, value);
        return new ActionResult(all, secrets);
    }

    public ActionResult withSecret(String key, String value) {
        Map<String, String> all = new LinkedHashMap<>(secrets);
        all.put(key, value);
        return new ActionResult(results, all);
    }

    @Override
    public String toString() {
        return results + (secrets.isEmpty() ? "" : " and " + secrets.keySet());
    }
}
