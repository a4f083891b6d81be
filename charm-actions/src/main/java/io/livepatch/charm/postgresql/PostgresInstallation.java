package io.livepatch.charm.postgresql;

import io.livepatch.charm.exec.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the programs of PostgreSQL are: Debian keeps each major version apart. */
record PostgresInstallation(Path directory, int major) {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    /** The newest that is installed, or, where there is a cluster already, those of its version. */
    static Optional<PostgresInstallation> find(UnitPaths unitPaths) {
        Optional<Integer> wanted =
                PrivateFile.read(unitPaths.data().resolve("PG_VERSION")).map(text -> Integer.valueOf(text.strip()));
        return installed().stream()
                .filter(found -> wanted.isEmpty() || wanted.get() == found.major())
                .max(Comparator.comparingInt(PostgresInstallation::major));
    }

    private static List<PostgresInstallation> installed() {
        if (!Files.isDirectory(DEBIAN)) {
            return List.of();
        }
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.filter(version -> version.getFileName().toString().matches("[0-9]+"))
                    .filter(version -> Files.isExecutable(version.resolve("bin/postgres")))
                    .map(version -> new PostgresInstallation(
                            version.resolve("bin"),
                            Integer.parseInt(version.getFileName().toString())))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list '" + DEBIAN + "'", e);
        }
    }

    String program(String name) {
        return directory.resolve(name).toString();
    }
}
