package io.livepatch.charm.cli;

import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.model.ModelChange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A file in Juju's bundle format: a bundle, or an overlay with the changes of one. */
record BundleFile(Map<String, Entry> applications, List<ModelChange.Integrate> relations) {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Set<String> KNOWN_KEYS = Set.of("charm", "num_units", "options");
    /** Keys about machines and charm stores, which do not exist here. */
    private static final Set<String> IGNORED_KEYS = Set.of(
            "annotations",
            "base",
            "bindings",
            "channel",
            "constraints",
            "expose",
            "resources",
            "revision",
            "series",
            "storage",
            "to",
            "trust");

    BundleFile {
        applications = new LinkedHashMap<>(applications);
        relations = List.copyOf(relations);
    }

    /** The entry of one application. */
    record Entry(Optional<String> charm, Optional<Integer> units, Map<String, String> options) {}

    static BundleFile read(Path file) {
        if (!Files.isReadable(file)) {
            throw CliException.usage("bundle '" + file + "' cannot be read");
        }
        return parse(file.toString(), ConfigArguments.content(file, ConfigArguments.MAX_FILE_BYTES));
    }

    /** Parses a bundle; a refusal lists all problems. */
    static BundleFile parse(String name, String text) {
        List<String> problems = new ArrayList<>();
        Map<String, Entry> applications = new LinkedHashMap<>();
        List<ModelChange.Integrate> relations = new ArrayList<>();
        try {
            JsonNode tree = YAML.readTree(text);
            tree.path("applications").forEachEntry((app, node) -> applications.put(app, entry(app, node, problems)));
            tree.path("relations").forEach(pair -> {
                if (pair.size() == 2) {
                    relations.add(new ModelChange.Integrate(
                            pair.path(0).asString(), pair.path(1).asString()));
                } else {
                    problems.add("relation " + pair + " is not a pair of endpoints");
                }
            });
        } catch (JacksonException e) {
            problems.add("it is not YAML: " + e.getOriginalMessage());
        }
        if (applications.isEmpty() && problems.isEmpty()) {
            problems.add("it has no applications");
        }
        if (!problems.isEmpty()) {
            throw CliException.usage("bundle '" + name + "' is refused: " + String.join("; ", problems));
        }
        return new BundleFile(applications, relations);
    }

    private static Entry entry(String app, JsonNode node, List<String> problems) {
        node.propertyNames().stream()
                .filter(key -> !KNOWN_KEYS.contains(key) && !IGNORED_KEYS.contains(key))
                .forEach(key -> problems.add(app + ": unknown key '" + key + "'" + Suggestion.after(key, KNOWN_KEYS)));
        Map<String, String> options = new LinkedHashMap<>();
        node.path("options").forEachEntry((key, value) -> {
            if (value.isValueNode()) {
                options.put(key, value.asString());
            } else {
                problems.add(app + ": option " + key + " is not a single value");
            }
        });
        JsonNode units = node.path("num_units");
        if (!units.isMissingNode() && (!units.isInt() || units.asInt() < 1)) {
            problems.add(app + ": num_units is " + units + " and must be a number from 1");
            return new Entry(Optional.empty(), Optional.empty(), options);
        }
        return new Entry(
                node.path("charm").stringValueOpt().map(charm -> charm.replaceFirst("^(ch|local):", "")),
                units.isInt() ? Optional.of(units.asInt()) : Optional.empty(),
                options);
    }
}
