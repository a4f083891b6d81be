package io.livepatch.server.schema;

import io.livepatch.server.config.Dsn;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseFault;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;

/**
 * The migrations of {@code db/migration} against one database. Any number may upgrade at once: Flyway takes an advisory lock, and
 * who comes second finds nothing to do. Nothing is ever repaired here: a migration that was edited after it ran is an alarm.
 */
public final class Schema {
    // Flyway asks for the lock once a second; a long migration of another unit may hold it for minutes.
    private static final int LOCK_TRIES = 600;

    private final Dsn dsn;
    private final DataSource source;

    public Schema(Dsn dsn) {
        this.dsn = dsn;
        this.source = Database.unpooled(dsn);
    }

    /**
     * Looks, and changes nothing.
     *
     * @throws SchemaException if the database cannot be reached, or its history does not fit ours
     */
    public SchemaStatus status() {
        Optional<SchemaStatus> untroubled = withConnection(History::untroubled);
        return untroubled.orElseGet(() -> withFlyway(Schema::status));
    }

    private static SchemaStatus status(Flyway flyway) {
        flyway.validate();
        MigrationInfoService info = flyway.info();
        return new SchemaStatus(
                Optional.ofNullable(info.current()).map(Schema::version),
                Arrays.stream(info.pending())
                        .map(migration -> version(migration) + " " + migration.getDescription())
                        .toList());
    }

    private static String version(MigrationInfo migration) {
        return migration.getVersion().getVersion();
    }

    /**
     * Applies what is pending.
     *
     * @return how many migrations this call applied; 0 if there was nothing to do
     * @throws SchemaException if the database cannot be reached, or a migration failed and was rolled back
     */
    public int upgrade() {
        // Flyway's own message for a database that is away is a page long and tries for minutes: ask first.
        var _ = withConnection(Optional::of);
        return withFlyway(flyway -> flyway.migrate().migrationsExecuted);
    }

    private <T> Optional<T> withConnection(Function<Connection, Optional<T>> question) {
        try (Connection connection = source.getConnection()) {
            return question.apply(connection);
        } catch (SQLException e) {
            throw new SchemaException.Unreachable("cannot reach the database " + dsn + ": " + firstLine(e), e);
        }
    }

    private <T> T withFlyway(Function<Flyway, T> action) {
        try {
            return action.apply(Flyway.configure(Schema.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:" + History.MIGRATIONS)
                    .loggers(QuietLog.class.getName())
                    .ignoreMigrationPatterns("*:pending", "*:future")
                    .lockRetryCount(LOCK_TRIES)
                    .connectRetries(0)
                    .load());
        } catch (FlywayException e) {
            throw new SchemaException.Refused("cannot use the schema of " + dsn + ": " + reason(e), e);
        }
    }

    /** The database's own words where there are any: Flyway wraps them into a dozen lines. */
    private static String reason(FlywayException failure) {
        return DatabaseFault.causes(failure)
                .filter(SQLException.class::isInstance)
                .findFirst()
                .map(Schema::firstLine)
                .orElseGet(() -> String.valueOf(failure.getMessage()).strip());
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("no reason given");
    }
}
