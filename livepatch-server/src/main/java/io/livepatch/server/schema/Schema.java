package io.livepatch.server.schema;

import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.config.Dsn;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseFault;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/**
 * Applies the migrations of {@code db/migration} to a database. Concurrent upgrades exclude each other by Flyway's advisory lock, and the
 * second one has nothing to do. The history is never repaired: a migration that was edited after it ran is an error.
 */
public final class Schema {
    // Flyway tries once per second; a long migration of another unit may hold the lock for minutes.
    private static final int LOCK_TRIES = 600;

    private final Dsn dsn;
    private final Waits waits;
    private final DataSource source;

    public Schema(Dsn dsn) {
        this(dsn, Waits.DEFAULT);
    }

    Schema(Dsn dsn, Waits waits) {
        this.dsn = dsn;
        this.waits = waits;
        this.source = Database.unpooled(dsn);
    }

    /**
     * How a migration waits for the locks of tables in use. ALTER TABLE waits for every transaction that has read the table, such as
     * pg_dump's, and each later statement on the table waits behind it, so that no machine could check in meanwhile. So a migration waits
     * only briefly for a lock, is rolled back, and is tried again after a pause.
     *
     * @param lock timeout of each lock
     * @param pause before the next try
     * @param tries at most
     */
    record Waits(Duration lock, Duration pause, int tries) {
        /** About five minutes. */
        static final Waits DEFAULT = new Waits(Duration.ofSeconds(2), Duration.ofSeconds(3), 60);
    }

    /**
     * Reads the status.
     *
     * @throws SchemaException if the database cannot be reached, or its history contradicts the migrations
     */
    public SchemaStatus status() {
        Optional<SchemaStatus> current = withConnection(MigrationHistory::statusIfCurrent);
        return current.orElseGet(() -> withFlyway(Schema::status, new EachMigration(waits.lock)));
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
     * Applies the pending migrations.
     *
     * @return how many migrations this call applied; 0 if there was nothing to do
     * @throws SchemaException if the database cannot be reached, or a migration failed, or got no lock, and was rolled back
     */
    public int upgrade() {
        // Connect first: Flyway retries an unreachable database for minutes, and its message is a page long.
        var _ = withConnection(Optional::of);
        EachMigration each = new EachMigration(waits.lock);
        try {
            Failsafe.with(RetryPolicy.builder()
                            .handleIf(Schema::isTransient)
                            .withDelay(waits.pause)
                            .withMaxAttempts(waits.tries)
                            .build())
                    .run(() -> withFlyway(Flyway::migrate, each));
        } catch (SchemaException e) {
            throw isTransient(e) ? busy(e) : e;
        }
        return each.applied;
    }

    /** Whether a lock timed out, or the migration conflicted with another transaction. */
    private static boolean isTransient(Throwable failure) {
        return DatabaseFault.of(failure).kind() == DatabaseFault.Kind.TRY_AGAIN;
    }

    private SchemaException busy(SchemaException last) {
        return new SchemaException.Refused(
                last.getMessage() + "; tried " + waits.tries + " times, each time for " + waits.lock.toMillis()
                        + " ms: another session, such as pg_dump or a transaction that was left open, uses a table that is to be"
                        + " changed; pg_stat_activity shows it; when it has ended, run the upgrade again",
                last);
    }

    /** Sets the lock timeout of each migration, and counts the migrations of all tries: Flyway returns no count when one fails. */
    private static final class EachMigration implements Callback {
        private final Duration lock;
        private int applied;

        EachMigration(Duration lock) {
            this.lock = lock;
        }

        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE || event == Event.AFTER_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            if (event == Event.AFTER_EACH_MIGRATE) {
                applied++;
                return;
            }
            try (Statement statement = context.getConnection().createStatement()) {
                statement.execute("set local lock_timeout = " + lock.toMillis());
            } catch (SQLException e) {
                throw new FlywayException("cannot set the lock timeout of a migration", e);
            }
        }

        @Override
        public String getCallbackName() {
            return "each migration";
        }
    }

    private <T> Optional<T> withConnection(Function<Connection, Optional<T>> action) {
        try (Connection connection = source.getConnection()) {
            return action.apply(connection);
        } catch (SQLException e) {
            throw new SchemaException.Unreachable("cannot reach the database " + dsn + ": " + firstLine(e), e);
        }
    }

    private <T> T withFlyway(Function<Flyway, T> action, EachMigration each) {
        try {
            return action.apply(Flyway.configure(Schema.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:" + MigrationHistory.MIGRATIONS)
                    .loggers(FlywayLogAdapter.class.getName())
                    .ignoreMigrationPatterns("*:pending", "*:future")
                    .callbacks(each)
                    .lockRetryCount(LOCK_TRIES)
                    .connectRetries(0)
                    .load());
        } catch (FlywayException e) {
            throw new SchemaException.Refused("cannot use the schema of " + dsn + ": " + reason(e), e);
        }
    }

    /** The database's message, if there is one, which Flyway wraps into a dozen lines. */
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
