package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The files in a unit's directory, and the user that runs the server. */
record PostgresqlPaths(Path directory, Optional<String> user) {
    static final String SERVICE = "postgresql";

    static PostgresqlPaths of(Unit unit) {
        // The server refuses to run as root.
        return new PostgresqlPaths(
                unit.directory(), ExternalProgram.isRoot() ? Optional.of("postgres") : Optional.empty());
    }

    Path data() {
        return directory.resolve("data");
    }

    /** The directory in which a cluster is created; renamed to {@link #data} when complete. */
    Path unfinished() {
        return directory.resolve("data.new");
    }

    Path sockets() {
        return directory.resolve("run");
    }

    Path configuration() {
        return data().resolve("postgresql.conf");
    }

    Path access() {
        return data().resolve("pg_hba.conf");
    }

    Path identities() {
        return data().resolve("pg_ident.conf");
    }

    /** What the server was last ready with. */
    Path lastGood() {
        return directory.resolve("postgresql.good.json");
    }

    Path log() {
        return directory.resolve("log").resolve("postgresql.log");
    }

    /** Whether the server was started before, so that a last configuration exists. */
    boolean ranBefore() {
        return Files.exists(sockets()) && Files.exists(configuration());
    }

    Path socket(int port) {
        return sockets().resolve(".s.PGSQL." + port);
    }

    /** An installed version of PostgreSQL; Debian installs each major version in its own directory. */
    record PostgresInstallation(Path directory, int major) {
        private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

        /** The newest installed version, or that of an existing cluster. */
        static Optional<PostgresInstallation> find(PostgresqlPaths paths) {
            Optional<Integer> wanted =
                    PrivateFile.read(paths.data().resolve("PG_VERSION")).map(text -> Integer.valueOf(text.strip()));
            return installed().stream()
                    .filter(found -> wanted.isEmpty() || wanted.get() == found.major())
                    .max(Comparator.comparingInt(PostgresInstallation::major));
        }

        private static List<PostgresInstallation> installed() {
            if (!Files.isDirectory(DEBIAN)) {
                return List.of();
            }
            try (Stream<Path> versions = Files.list(DEBIAN)) {
                return versions.filter(
                                version -> version.getFileName().toString().matches("[0-9]+"))
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
}
