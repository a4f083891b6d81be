package io.livepatch.charm.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One entry of {@code actions.yaml}. */
public record ActionSpec(String name, String description, Map<String, Parameter> parameters, Set<String> required) {

    public ActionSpec {
        parameters = new LinkedHashMap<>(parameters);
        required = Set.copyOf(required);
    }

    /** One parameter; all are given as text. */
    public record Parameter(String description, Optional<String> fallback) {}

    /**
     * The parameters with defaults filled in.
     *
     * @throws CharmException.Invalid naming every unknown and every missing one
     */
    public Map<String, String> check(Map<String, String> given) {
        List<String> problems = new ArrayList<>();
        for (String key : given.keySet()) {
            if (!parameters.containsKey(key)) {
                problems.add("action '" + name + "' has no parameter '" + key + "'"
                        + Suggestion.after(key, parameters.keySet()));
            }
        }
        for (String key : required) {
            if (!given.containsKey(key)) {
                problems.add("action '" + name + "' needs " + key + "=…: "
                        + parameters
                                .getOrDefault(key, new Parameter("", Optional.empty()))
                                .description());
            }
        }
        if (!problems.isEmpty()) {
            throw new CharmException.Invalid("action '" + name + "' cannot run", problems);
        }
        Map<String, String> complete = new LinkedHashMap<>();
        parameters.forEach((key, parameter) -> parameter.fallback().ifPresent(value -> complete.put(key, value)));
        complete.putAll(given);
        return complete;
    }
}
