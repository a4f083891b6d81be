package io.livepatch.server.database;

import static org.awaitility.Awaitility.await;

import io.livepatch.server.config.Dsn;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import io.livepatch.testing.KeepaliveTimer;
import io.livepatch.testing.PostgresServer;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The keepalive timers of connections to the database, which the kernel shows in hundredths of a second. */
final class KeepalivesIT {
    private final String dsn = PostgresServer.shared().newDatabase();

    @Test
    void keepalivesHaveTheTimesOfTheConnectionString() throws Exception {
        Dsn sixty = Dsn.parse(dsn + "?keepalives_idle=60&keepalives_interval=10&keepalives_count=5");
        try (Database database = Database.of("test", new DatabaseConfig(sixty, 1, Duration.ofMinutes(10)));
                Connection pooled = database.source().getConnection();
                Connection dedicated = database.dedicated();
                Connection unpooled = Database.unpooled(sixty).getConnection()) {
            for (Connection connection : List.of(pooled, dedicated, unpooled)) {
                int port = KeepaliveTimer.localPort(connection);
                await("timer of keepalives of at most 60 s").until(() -> KeepaliveTimer.of(port) <= 6000);
            }
        }
    }

    @Test
    void keepalivesOfTheSystemAreTheDefault() throws Exception {
        try (Connection connection = Database.unpooled(Dsn.parse(dsn)).getConnection()) {
            int port = KeepaliveTimer.localPort(connection);
            await("a timer of keepalives").until(() -> KeepaliveTimer.of(port) < Long.MAX_VALUE);
        }
    }
}
