package io.livepatch.charm.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One entry of {@code actions.yaml}.
 *
 * @param parallel whether it runs concurrently with the unit's other actions, so that it may take long (Juju's term)
 */
public record ActionSpec(
        String name, String description, Map<String, Parameter> parameters, Set<String> required, boolean parallel) {

    public ActionSpec {
        parameters = new LinkedHashMap<>(parameters);
        required = Set.copyOf(required);
    }

    /**
     * One parameter; values are text.
     *
     * @param choices the allowed values; empty for any
     * @param sensitive whether its value must not be kept on disk
     */
    public record Parameter(
            String description, Optional<String> defaultValue, List<String> choices, boolean sensitive) {
        public Parameter {
            choices = List.copyOf(choices);
        }

        private boolean takes(String value) {
            return choices.isEmpty() || choices.contains(value);
        }
    }

    /** These parameters without those that must not be kept on disk. */
    public Map<String, String> withoutSensitive(Map<String, String> values) {
        Map<String, String> kept = new LinkedHashMap<>(values);
        kept.keySet()
                .removeIf(key -> Optional.ofNullable(parameters.get(key))
                        .filter(Parameter::sensitive)
                        .isPresent());
        return kept;
    }

    /**
     * The parameters with defaults filled in.
     *
     * @throws CharmException.Invalid with every parameter that is unknown, missing or has a value that is not allowed
     */
    public Map<String, String> check(Map<String, String> given) {
        List<String> problems = new ArrayList<>();
        given.forEach((key, value) -> {
            Parameter parameter = parameters.get(key);
            if (parameter == null) {
                problems.add("action '" + name + "' has no parameter '" + key + "'"
                        + Suggestion.after(key, parameters.keySet()));
            } else if (CharmOption.length(value) > CharmOption.MAX_VALUE_BYTES) {
                problems.add(
                        "action '" + name + "': " + key + " is longer than " + CharmOption.MAX_VALUE_BYTES + " bytes");
            } else if (!parameter.takes(value)) {
                problems.add("action '" + name + "' cannot take " + key + "=" + value
                        + Suggestion.after(value, parameter.choices()));
            }
        });
        for (String key : required) {
            if (!given.containsKey(key)) {
                problems.add("action '" + name + "' needs " + key + "=…: "
                        + parameters
                                .getOrDefault(key, new Parameter("", Optional.empty(), List.of(), false))
                                .description());
            }
        }
        if (!problems.isEmpty()) {
            throw new CharmException.Invalid("action '" + name + "' cannot run", problems);
        }
        Map<String, String> complete = new LinkedHashMap<>();
        parameters.forEach((key, parameter) -> parameter.defaultValue().ifPresent(value -> complete.put(key, value)));
        complete.putAll(given);
        return complete;
    }
}
