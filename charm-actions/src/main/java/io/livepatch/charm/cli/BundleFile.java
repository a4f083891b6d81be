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

/** What a file in Juju's bundle format says: a bundle, or an overlay of one, which leaves out what it does not change. */
record BundleFile(Map<String, Entry> applications, List<ModelChange.Integrate> relations) {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Set<String> READ = Set.of("charm", "num_units", "options");
    /** Where and from what Juju would run it: there is one machine here, and the charms of this build. */
    private static final Set<String> IGNORED = Set.of(
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

    /** What is said of one application. */
    record Entry(Optional<String> charm, Optional<Integer> units, Map<String, String> options) {}

    static BundleFile read(Path file) {
        if (!Files.isReadable(file)) {
            throw CliException.usage("bundle '" + file + "' cannot be read");
        }
        return parse(file.toString(), ConfigArguments.content(file, ConfigArguments.MAX_FILE_BYTES));
    }

    /** Refuses it with all that is wrong with it. */
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
            problems.add("it is no YAML: " + e.getOriginalMessage());
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
                .filter(key -> !READ.contains(key) && !IGNORED.contains(key))
                .forEach(key -> problems.add(app + ": unknown key '" + key + "'" + Suggestion.after(key, READ)));
        Map<String, String> options = new LinkedHashMap<>();
        node.path("options").forEachEntry((key, value) -> {
            if (value.isValueNode()) {
                options.put(key, value.asString());
            } else {
                problems.add(app + ": option " + key + " is no single value");
            }
        });
        JsonNode units = node.path("num_units");
        if (!units.isMissingNode() && (!units.isInt() || units.asInt() < 1)) {
            problems.add(app + ": num_units is " + units + " and has to be a number from 1");
            return new Entry(Optional.empty(), Optional.empty(), options);
        }
        return new Entry(
                node.path("charm").stringValueOpt().map(charm -> charm.replaceFirst("^(ch|local):", "")),
                units.isInt() ? Optional.of(units.asInt()) : Optional.empty(),
                options);
    }
}
