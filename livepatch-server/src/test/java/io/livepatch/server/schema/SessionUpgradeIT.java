package io.livepatch.server.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.AdminApi;
import io.livepatch.server.config.Dsn;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import io.livepatch.server.database.Database;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.PostgresServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/** Sessions and signing keys of schema version 2 after an upgrade. */
final class SessionUpgradeIT {
    private static final String TOKEN =
            "a-session-of-an-older-program".repeat(2).substring(0, 43);

    private final Dsn dsn = Dsn.parse(PostgresServer.shared().newDatabase());

    @Test
    void signingKeysOfVersionTwoStayValidAndItsSessionsEnd() {
        Flyway.configure(Schema.class.getClassLoader())
                .dataSource(Database.unpooled(dsn))
                .target("2")
                .load()
                .migrate();
        try (Database database = Database.of("test", new DatabaseConfig(dsn, 8, Duration.ofMinutes(10)))) {
            database.jdbi().useHandle(handle -> {
                handle.execute(
                        "insert into admin_sessions (token_hash, username, created_at, expires_at) values (?, 'ann', now(), now() + interval '9 days')",
                        Sha256.of(TOKEN.getBytes(UTF_8)).bytes());
                handle.execute(
                        "insert into signing_keys (secret, created_at) values (sha256('x'), now() - interval '400 days')");
            });

            new Schema(dsn).upgrade();

            try (AdminApi unit = new AdminApi(database, List.of(AdminApi.user("ann", "ann's")))) {
                assertThat(unit.send("GET", "/tiers", BodyPublishers.noBody(), "Authorization", "Bearer " + TOKEN)
                                .status())
                        .as("nothing tells which password it was made with: log in once more")
                        .isEqualTo(401);
                AdminApi.Answer keys = unit.logIn("ann", "ann's").get("/signing-keys");
                assertThat(keys.json().path("signing-keys").size())
                        .as("units of the older version do not read new keys, so none is made at once")
                        .isEqualTo(1);
                assertThat(keys.json()
                                .path("signing-keys")
                                .path(0)
                                .path("state")
                                .asString())
                        .isEqualTo("signs");
            }
            database.jdbi()
                    .useHandle(
                            handle -> handle.execute(
                                    "insert into signing_keys (secret, created_at) values (sha256('an older program makes one'), now())"));
        }
    }
}
