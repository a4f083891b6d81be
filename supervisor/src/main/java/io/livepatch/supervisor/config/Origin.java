package io.livepatch.supervisor.config;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where a file is read: relative paths start at the supervisor's own directory, as they do for Monoceros, and variables are
 * looked up in its environment.
 */
record Origin(Path directory, Map<String, String> environment) {

    static Origin here() {
        return new Origin(Path.of("").toAbsolutePath(), System.getenv());
    }

    Path resolve(Path path) {
        return directory.resolve(path).normalize();
    }
}
