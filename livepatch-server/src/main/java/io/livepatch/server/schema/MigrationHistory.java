package io.livepatch.server.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Reads with one statement whether a database has exactly the migrations of this program. Flyway evaluates every other history; it is not
 * used for this one because its initialisation takes longer than the rest of a unit's start.
 */
final class MigrationHistory {
    static final String MIGRATIONS = "db/migration";

    private MigrationHistory() {}

    /** The status if the applied migrations equal those of this program; else empty. */
    static Optional<SchemaStatus> statusIfCurrent(Connection connection) {
        Map<String, Integer> applied = new HashMap<>();
        @Nullable String version = null;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select version, script, checksum, success and type = 'SQL'"
                        + " from flyway_schema_history order by installed_rank")) {
            while (rows.next()) {
                version = rows.getString(1);
                if (version == null || !rows.getBoolean(4)) {
                    return Optional.empty();
                }
                applied.put(rows.getString(2), rows.getInt(3));
            }
            boolean same = version != null && applied.equals(checksums());
            return same ? Optional.of(new SchemaStatus(Optional.ofNullable(version), List.of())) : Optional.empty();
        } catch (SQLException e) {
            // The table may not exist yet.
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Flyway's checksum of every migration of this program, by file name. */
    private static Map<String, Integer> checksums() throws IOException {
        Map<String, Integer> checksums = new HashMap<>();
        for (String script : scripts()) {
            checksums.put(script, checksum(script));
        }
        return checksums;
    }

    private static Iterable<String> scripts() throws IOException {
        URL directory = Objects.requireNonNull(resource(""), MIGRATIONS);
        URLConnection connection = directory.openConnection();
        Stream<String> files = connection instanceof JarURLConnection jar
                ? jar.getJarFile().stream()
                        .map(entry -> entry.getName())
                        .filter(name -> name.startsWith(MIGRATIONS + "/"))
                        .map(name -> name.substring(MIGRATIONS.length() + 1))
                : Stream.of(Objects.requireNonNull(new File(directory.getPath()).list(), MIGRATIONS));
        return files.filter(name -> name.endsWith(".sql")).toList();
    }

    private static @Nullable URL resource(String name) {
        return MigrationHistory.class.getClassLoader().getResource(MIGRATIONS + name);
    }

    private static int checksum(String script) throws IOException {
        CRC32 checksum = new CRC32();
        try (InputStream in =
                        Objects.requireNonNull(resource("/" + script), script).openStream();
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, UTF_8))) {
            // Like Flyway: by line, without the line endings.
            reader.lines().forEach(line -> checksum.update(line.getBytes(UTF_8)));
        }
        return (int) checksum.getValue();
    }
}
