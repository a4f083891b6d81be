package io.livepatch.server.config;

import io.livepatch.common.config.DidYouMean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What was given, by full key, read as values. Collects what is wrong instead of stopping at the first. */
final class Values {
    private static final List<String> NAMES = Keys.ALL.stream().map(Key::name).toList();
    private static final List<String> VARIABLES =
            Keys.ALL.stream().map(Key::variable).toList();

    private final Map<String, String> given = new TreeMap<>();
    private final List<String> ignored = new ArrayList<>();
    private final List<Problem> problems;

    Values(List<Problem> problems) {
        this.problems = problems;
    }

    /** Takes settings from a file, by dotted key. */
    void addFile(Map<String, String> settings) {
        settings.forEach((key, value) -> {
            if (NAMES.contains(key)) {
                given.put(key, value);
            } else {
                addOther(key, value, NAMES);
            }
        });
    }

    /** Takes settings from the environment; they win over what was added before. */
    void addEnvironment(Map<String, String> environment) {
        new TreeMap<>(environment).forEach((variable, value) -> {
            int known = VARIABLES.indexOf(variable);
            // Charms write empty variables for options that are not set.
            if (value.isBlank()) {
                return;
            }
            if (known >= 0) {
                given.put(NAMES.get(known), value.strip());
            } else if (variable.startsWith("LP_")) {
                addOther(variable, value.strip(), VARIABLES);
            }
        });
    }

    private void addOther(String key, String value, List<String> names) {
        if (!AbsentKeys.known(key)) {
            problems.add(new Problem(
                    key,
                    "",
                    "unknown key",
                    DidYouMean.similar(key, names)
                            .map(similar -> "did you mean '" + similar + "'?")
                            .orElse("remove it; keys are " + String.join(", ", names))));
        } else if (AbsentKeys.switchedOn(key, value)) {
            problems.add(new Problem(key, value, "this server does not have that", "set it to false or remove it"));
        } else {
            ignored.add(key);
        }
    }

    /** Keys of Canonical's server that mean nothing here. */
    List<String> ignored() {
        return List.copyOf(ignored);
    }

    /** Whether anything was given for it. */
    boolean given(Key<?> key) {
        return !given.getOrDefault(key.name(), "").isEmpty();
    }

    /** Notes that a key is needed, given what others are. */
    void missing(Key<?> key, String why) {
        problems.add(new Problem(
                key.name(), "", "is missing, " + why, "give " + key.expected() + ", here or in " + key.variable()));
    }

    /** The value of a key; empty only if a problem was noted. */
    <T> Optional<T> read(Key<T> key) {
        String text = given.getOrDefault(key.name(), "");
        if (text.isEmpty()) {
            if (key.fallback().isEmpty()) {
                problems.add(new Problem(
                        key.name(), "", "is missing", "give " + key.expected() + ", here or in " + key.variable()));
            }
            return key.fallback();
        }
        try {
            return Optional.of(key.reading().read(text));
        } catch (IllegalArgumentException e) {
            String shown = key.secret() ? Problem.MASKED : text;
            problems.add(new Problem(key.name(), shown, String.valueOf(e.getMessage()), "give " + key.expected()));
            return Optional.empty();
        }
    }
}
