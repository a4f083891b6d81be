package io.livepatch.charm.cli;

import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.model.ModelChange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

/** Several applications and their relations, in Juju's bundle format. */
record Bundle(List<ModelChange.Deploy> applications, List<ModelChange.Integrate> relations) {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Set<String> READ = Set.of("charm", "num_units", "options");
    /** Where and from what Juju would run it: there is one machine here, and the charms of this build. */
    private static final Set<String> PASSED_OVER = Set.of(
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

    Bundle {
        applications = List.copyOf(applications);
        relations = List.copyOf(relations);
    }

    /** A file that ends in {@code .yaml}, or one of those that are shipped: {@code livepatch}, {@code livepatch-bundle}. */
    static Optional<Bundle> find(String name) {
        try {
            if (name.endsWith(".yaml") || name.endsWith(".yml")) {
                if (!Files.isReadable(Path.of(name))) {
                    throw CliException.usage("bundle '" + name + "' cannot be read");
                }
                return Optional.of(parse(name, Files.readString(Path.of(name))));
            }
            try (InputStream in =
                    Bundle.class.getResourceAsStream("/bundles/" + name.replaceFirst("-bundle$", "") + ".yaml")) {
                return in == null
                        ? Optional.empty()
                        : Optional.of(parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read bundle '" + name + "': " + e.getMessage(), e);
        }
    }

    static Bundle parse(String name, String text) {
        List<String> problems = new ArrayList<>();
        List<ModelChange.Deploy> applications = new ArrayList<>();
        List<ModelChange.Integrate> relations = new ArrayList<>();
        try {
            JsonNode tree = YAML.readTree(text);
            tree.path("applications").forEachEntry((app, node) -> {
                check(app, node, problems);
                Map<String, String> options = new LinkedHashMap<>();
                node.path("options").forEachEntry((key, value) -> options.put(key, value.asString()));
                applications.add(new ModelChange.Deploy(
                        node.path("charm").asString(app).replaceFirst("^(ch|local):", ""), app, options));
            });
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
        return new Bundle(applications, relations);
    }

    private static void check(String app, JsonNode node, List<String> problems) {
        node.propertyNames().stream()
                .filter(key -> !READ.contains(key) && !PASSED_OVER.contains(key))
                .forEach(key -> problems.add(app + ": unknown key '" + key + "'" + Suggestion.after(key, READ)));
        int units = node.path("num_units").asInt(1);
        if (units != 1) {
            problems.add(app + ": num_units is " + units + "; an application has one unit");
        }
    }
}
