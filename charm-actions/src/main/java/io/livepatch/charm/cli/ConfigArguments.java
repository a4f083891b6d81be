package io.livepatch.charm.cli;

import io.livepatch.charm.api.CharmOption;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Parses option arguments: {@code key=value}, {@code key=@file}, {@code key=@-}, or a YAML file. */
final class ConfigArguments {
    /** The maximum size of a file with options or of a bundle: 3 MiB, the YAML parser's limit of characters. */
    static final int MAX_FILE_BYTES = 3 << 20;

    private static final YAMLMapper YAML = new YAMLMapper();

    private final ControllerClient client;

    ConfigArguments(ControllerClient client) {
        this.client = client;
    }

    Map<String, String> read(List<String> given, String application) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String entry : given) {
            if (entry.indexOf('=') > 0) {
                pair(entry, all);
            } else {
                all.putAll(file(Path.of(entry), application));
            }
        }
        return all;
    }

    void pair(String entry, Map<String, String> into) {
        int equals = entry.indexOf('=');
        String value = entry.substring(equals + 1);
        into.put(
                entry.substring(0, equals),
                value.startsWith("@") && !value.equals("@-")
                        ? content(Path.of(value.substring(1)), CharmOption.MAX_VALUE_BYTES)
                        : client.value(value));
    }

    /** As in Juju, a file has options by application, or options only. */
    Map<String, String> file(Path file, String application) {
        try {
            JsonNode tree = YAML.readTree(content(file, MAX_FILE_BYTES));
            JsonNode options = tree.has(application) ? tree.path(application) : tree;
            Map<String, String> all = new LinkedHashMap<>();
            options.forEachEntry((key, value) -> {
                if (value.isContainer()) {
                    throw CliException.usage(
                            "'" + file + "': " + key + " is not a single value; write options as key: value");
                }
                all.put(key, value.asString());
            });
            return all;
        } catch (JacksonException e) {
            throw CliException.usage("'" + file + "' is not YAML: " + e.getOriginalMessage());
        }
    }

    /** The content of a file; refused above a number of bytes. */
    static String content(Path file, int maxBytes) {
        if (!Files.isReadable(file)) {
            throw CliException.usage("'" + file + "' cannot be read; give key=value, or the path of a file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return ControllerClient.readBounded(in, "'" + file + "'", maxBytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + file + "': " + e.getMessage(), e);
        }
    }
}
