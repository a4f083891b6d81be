package io.livepatch.charm.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a charm says about itself in {@code metadata.yaml}, {@code config.yaml} and {@code actions.yaml}, and what these files
 * have no words for.
 *
 * @param scaling how many units there may be
 * @param rules which values of options are refused
 */
public record CharmMetadata(
        String name,
        String summary,
        Map<String, Endpoint> endpoints,
        Map<String, Option> options,
        Map<String, ActionSpec> actions,
        Scaling scaling,
        ConfigRules rules) {

    public CharmMetadata {
        endpoints = new LinkedHashMap<>(endpoints);
        options = new LinkedHashMap<>(options);
        actions = new LinkedHashMap<>(actions);
    }

    /** Reads {@code charms/<name>/*.yaml} from the class path. */
    public static CharmMetadata read(String name) {
        return new MetadataFiles(name).read();
    }

    public CharmMetadata withScaling(Scaling value) {
        return new CharmMetadata(name, summary, endpoints, options, actions, value, rules);
    }

    public CharmMetadata withRules(ConfigRules value) {
        return new CharmMetadata(name, summary, endpoints, options, actions, scaling, value);
    }

    /**
     * The option of this name.
     *
     * @throws CharmException.Invalid with a suggestion when there is none
     */
    public Option option(String key) {
        return Optional.ofNullable(options.get(key))
                .orElseThrow(() -> new CharmException.Invalid(
                        key + ": unknown option of charm '" + name + "'" + Suggestion.after(key, options.keySet())));
    }

    /**
     * The action of this name.
     *
     * @throws CharmException.Invalid with a suggestion when there is none
     */
    public ActionSpec action(String key) {
        return Optional.ofNullable(actions.get(key))
                .orElseThrow(() -> new CharmException.Invalid(
                        "charm '" + name + "' has no action '" + key + "'" + Suggestion.after(key, actions.keySet())));
    }

    /**
     * Values as they were given, in the types of their options.
     *
     * @throws CharmException.Invalid naming every unknown key and every value of a wrong type
     */
    public Map<String, Object> parse(Map<String, ?> given) {
        List<String> problems = new ArrayList<>();
        Map<String, Object> parsed = new LinkedHashMap<>();
        given.forEach((key, value) -> {
            try {
                parsed.put(key, option(key).parse(value));
            } catch (CharmException.Invalid e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        });
        if (!problems.isEmpty()) {
            throw new CharmException.Invalid("the configuration of '" + name + "' is refused", problems);
        }
        return parsed;
    }

    /**
     * Refuses a change of the configuration that breaks a rule of the charm. A rule that was broken before is held against a
     * change only if the change touches one of the options that the rule is about: else a certificate that has expired, or a
     * value that an older version took, would forbid every other change.
     *
     * @param before the options that were set
     * @param after the options that are to be set
     * @throws CharmException.Invalid naming every rule that is broken
     */
    public void check(Map<String, String> before, Map<String, String> after) {
        Set<String> changed = new HashSet<>(before.keySet());
        changed.addAll(after.keySet());
        changed.removeIf(key -> Objects.equals(before.get(key), after.get(key)));
        List<String> problems = rules.violations(effective(parse(after))).stream()
                .filter(violation -> !Collections.disjoint(violation.options(), changed))
                .map(ConfigRules.Violation::message)
                .toList();
        if (!problems.isEmpty()) {
            throw new CharmException.Invalid("the configuration of '" + name + "' is refused", problems);
        }
    }

    /** What holds: the values that were set, over the defaults. */
    public Config effective(Map<String, Object> set) {
        Map<String, Object> all = new LinkedHashMap<>();
        options.values().forEach(option -> option.fallback().ifPresent(value -> all.put(option.name(), value)));
        all.putAll(set);
        return new Config(all);
    }
}
