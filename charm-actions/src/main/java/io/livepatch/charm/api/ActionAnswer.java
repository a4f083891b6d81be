package io.livepatch.charm.api;

import java.util.LinkedHashMap;
import java.util.Map;

/** The answer of an action: its result, or what it still waits for. */
public sealed interface ActionAnswer {

    /**
     * The action has not ended. It is asked again after each call of the charm.
     *
     * @param waitingFor one line for the operator, without secrets; reported when it differs from the one before
     * @param progress what the action needs to know when it is asked again; not empty, kept on disk, so without secrets
     */
    record Pending(String waitingFor, Map<String, String> progress) implements ActionAnswer {
        public Pending {
            if (progress.isEmpty()) {
                throw new IllegalArgumentException("a pending action without progress would begin again");
            }
            progress = Map.copyOf(progress);
        }
    }

    /**
     * The result of an action.
     *
     * @param results shown to the operator who ran it, and kept in the model
     * @param secrets shown to the operator who ran it, and neither kept nor logged
     */
    record ActionResult(Map<String, String> results, Map<String, String> secrets) implements ActionAnswer {

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
}
