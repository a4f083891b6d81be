package io.livepatch.server.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.config.Config.DatabaseConfig;
import io.livepatch.server.config.Dsn;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the kernel does for connections to the database: it shows when the timer of their keepalives ends, in hundredths of a second. */
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
                String local = local(connection);
                await("timer of keepalives of at most 60 s").until(() -> keepaliveTimer(local) <= 6000);
            }
        }
    }

    @Test
    void keepalivesOfTheSystemHoldOtherwise() throws Exception {
        try (Connection connection = Database.unpooled(Dsn.parse(dsn)).getConnection()) {
            String local = local(connection);
            await("a timer of keepalives").until(() -> keepaliveTimer(local) < Long.MAX_VALUE);
        }
    }

    /** The connection's own port, as in {@code /proc/net/tcp}. */
    private static String local(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet port = statement.executeQuery("select inet_client_port()")) {
            assertThat(port.next()).isTrue();
            return ":%04X".formatted(port.getInt(1));
        }
    }

    private static long keepaliveTimer(String local) throws IOException {
        List<String> connections = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
        connections.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
        return connections.stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(fields -> fields[1].endsWith(local) && fields[5].startsWith("02:"))
                .mapToLong(fields -> Long.parseLong(fields[5].substring(3), 16))
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }
}
