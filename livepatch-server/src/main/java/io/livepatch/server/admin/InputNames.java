package io.livepatch.server.admin;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/** What an operator types, checked before it becomes a part of a path. */
final class InputNames {
    private static final Pattern LABEL = Pattern.compile("(?!\\.+$)[A-Za-z0-9._-]{1,64}");

    private InputNames() {}

    /** The id of an auth token. */
    static String label(String text) {
        if (!LABEL.matcher(text).matches()) {
            throw AdminException.usage("'%s' is no id, expected 1 to 64 letters, digits, '.', '_' and '-'"
                    .formatted(Problem.printable(text)));
        }
        return text;
    }

    /** The route of one patch. */
    static String path(PatchName name) {
        return "/patches/" + name.fileName();
    }

    /** A file name of a patch, or a version, as the body that says which. */
    static ObjectNode fileOrVersion(String text) {
        ObjectNode body = AdminApi.JSON.createObjectNode();
        return text.startsWith("livepatch-")
                ? body.put("filename", PatchName.parse(text).fileName())
                : body.put("version", PatchVersion.parse(text).toString());
    }

    /** {@code ?a=b&c=d} of the parameters that have a value; empty if none has. */
    static String query(Map<String, Optional<String>> parameters) {
        return parameters.entrySet().stream()
                .filter(entry -> entry.getValue().isPresent())
                .map(entry -> entry.getKey() + "="
                        + URLEncoder.encode(entry.getValue().orElseThrow(), StandardCharsets.UTF_8))
                .sorted()
                .collect(Collectors.joining("&", "?", ""));
    }
}
