package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.livepatch.common.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/** Files in a directory, which is where they are read as well. */
record Written(Path directory, Map<String, String> environment) {

    static Written in(Path directory) {
        return new Written(directory, Map.of("HOME", "/home/of-tests", "PATH", "/usr/bin:/bin"));
    }

    /** Readable by its owner alone. */
    Written with(String name, String text) {
        try {
            Path file = Files.writeString(directory.resolve(name), text);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** A resource beside the tests. */
    static String resource(String name) {
        try (var in = Written.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SupervisorConfig read(String yaml) {
        return SupervisorFile.read(with("pool.yaml", yaml).directory.resolve("pool.yaml"), directory, environment);
    }

    /** What is wrong with it, without the directory. */
    List<String> problems(String yaml) {
        ConfigException refused = catchThrowableOfType(ConfigException.class, () -> read(yaml));
        return refused.problems().stream()
                .map(problem -> problem.toString().replace(directory + "/", ""))
                .toList();
    }

    /** The one pool of these keys, which are indented by six. */
    SupervisorConfig pool(String keys) {
        return read(workers(keys));
    }

    static String workers(String keys) {
        return "supervisor:\n  workers:\n    - name: web\n      exec: sh\n" + keys.indent(6);
    }
}
