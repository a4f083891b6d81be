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

/** Writes configuration files into a directory, and reads them with relative paths that start there. */
record TestFiles(Path directory, Map<String, String> environment) {

    static TestFiles in(Path directory) {
        return new TestFiles(directory, Map.of("HOME", "/home/of-tests", "PATH", "/usr/bin:/bin"));
    }

    /** Writes a file that only its owner can read. */
    TestFiles with(String name, String text) {
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
        try (var in = TestFiles.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SupervisorConfig read(String yaml) {
        return SupervisorConfig.read(with("pool.yaml", yaml).directory.resolve("pool.yaml"), directory, environment);
    }

    /** The problems of a configuration, without the directory. */
    List<String> problems(String yaml) {
        ConfigException refused = catchThrowableOfType(ConfigException.class, () -> read(yaml));
        return refused.problems().stream()
                .map(problem -> problem.toString().replace(directory + "/", ""))
                .toList();
    }

    /** A configuration with one pool that has these keys. */
    SupervisorConfig pool(String keys) {
        return read(workers(keys));
    }

    static String workers(String keys) {
        return "supervisor:\n  workers:\n    - name: web\n      exec: sh\n" + keys.indent(6);
    }
}
