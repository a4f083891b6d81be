package io.livepatch.charm.api;

import io.livepatch.charm.api.CharmMetadata.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads the YAML files of one charm in Juju's own formats. */
final class CharmMetadataReader {
    private static final YAMLMapper YAML = new YAMLMapper();

    private final String charm;

    CharmMetadataReader(String charm) {
        this.charm = charm;
    }

    CharmMetadata read() {
        JsonNode metadata = file("metadata.yaml");
        return new CharmMetadata(
                text(metadata, "name"),
                text(metadata, "summary"),
                endpoints(metadata),
                options(file("config.yaml").path("options")),
                actions(file("actions.yaml")),
                CharmMetadata.Limits.NONE);
    }

    private static Map<String, Endpoint> endpoints(JsonNode metadata) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        for (Endpoint.Role role : Endpoint.Role.values()) {
            metadata.path(role.name().toLowerCase(Locale.ROOT))
                    .forEachEntry(
                            (name, node) -> endpoints.put(name, new Endpoint(name, role, text(node, "interface"))));
        }
        return endpoints;
    }

    private static Map<String, CharmOption> options(JsonNode node) {
        Map<String, CharmOption> options = new LinkedHashMap<>();
        node.forEachEntry((name, entry) -> {
            CharmOption.Type type = CharmOption.Type.valueOf(text(entry, "type").toUpperCase(Locale.ROOT));
            CharmOption bare = new CharmOption(
                    name,
                    type,
                    Optional.empty(),
                    text(entry, "description"),
                    entry.path("x-sensitive").asBoolean(false),
                    Optional.empty());
            Optional<Object> defaultValue = entry.has("default")
                    ? Optional.of(bare.parse(entry.path("default").asString()))
                    : Optional.empty();
            options.put(
                    name,
                    new CharmOption(name, type, defaultValue, bare.description(), bare.sensitive(), Optional.empty()));
        });
        return options;
    }

    private static Map<String, ActionSpec> actions(JsonNode node) {
        Map<String, ActionSpec> actions = new LinkedHashMap<>();
        node.forEachEntry((name, entry) -> {
            Map<String, ActionSpec.Parameter> parameters = new LinkedHashMap<>();
            entry.path("params")
                    .forEachEntry((key, value) -> parameters.put(
                            key,
                            new ActionSpec.Parameter(
                                    text(value, "description"),
                                    value.has("default")
                                            ? Optional.of(value.path("default").asString())
                                            : Optional.empty(),
                                    choices(value),
                                    value.path("x-sensitive").asBoolean(false))));
            Set<String> required = new TreeSet<>();
            entry.path("required").forEach(value -> required.add(value.asString()));
            actions.put(
                    name,
                    new ActionSpec(
                            name,
                            text(entry, "description"),
                            parameters,
                            required,
                            entry.path("parallel").asBoolean(false)));
        });
        return actions;
    }

    private static List<String> choices(JsonNode parameter) {
        return text(parameter, "type").equals("boolean")
                ? List.of("true", "false")
                : parameter.path("enum").valueStream().map(JsonNode::asString).toList();
    }

    private static String text(JsonNode node, String key) {
        return node.path(key).asString("").strip();
    }

    private JsonNode file(String name) {
        String path = "/charms/" + charm + "/" + name;
        try (InputStream in = CharmMetadataReader.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new CharmException(
                        "charm '" + charm + "' has no " + name + ": '" + path + "' is not on the class path");
            }
            return YAML.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + path + "'", e);
        }
    }
}
