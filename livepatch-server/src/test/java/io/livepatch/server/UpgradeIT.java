package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.config.Dsn;
import io.livepatch.server.schema.Schema;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Upgrades a database and a patch store of an earlier release in place; their contents stay usable. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UpgradeIT {
    private static final String AUTH_TOKEN = "9b88e51f-2736-4deb-b293-c37c0e030769";
    private static final String WEB_1 = "cUfvby85WpFvY67do9JyxBO2BAAhaI9cqIOurp_xxPY";
    private static final String WEB_2 = "0MVJasWrtai67hTglj9xipF3W3dpkRWVUu5b6ehFlUg";
    private static final String CLOCK_AHEAD = "pXo8VUOV8w21Yw6sGE1uPNboiAzjke2c6M_Xp4cyNkY";
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final String DIGEST = "404f1f01bda3516fc021fb5f15a04a979dd564251e12594442d80d5d8a1fc93d";
    private static final String SIGNING_KEY = "75988c64ab857f8a70a1256415f1fdf7b8312285a1d257ff8632b5ffd1b07dc7";

    private String database;
    private ServerProcess server;
    private Api api;

    @BeforeAll
    void upgrade(@TempDir Path work) throws Exception {
        String dsn = PostgresServer.shared().newDatabase();
        database = dsn.substring(dsn.lastIndexOf('/') + 1);
        Path before = Path.of(UpgradeIT.class.getResource("/schema-2").toURI());
        PostgresServer.shared().psql(database, Files.readString(before.resolve("database.sql"), UTF_8));
        Path store = work.resolve("patches");
        copy(before.resolve("patches"), store);

        new Schema(Dsn.parse(dsn)).upgrade();

        Map<String, String> environment = ServerProcess.environment(Dsn.parse(dsn), store);
        environment.put("LP_SERVER_UNIT", "livepatch/0");
        server = ServerProcess.ready(environment);
        api = server.api();
    }

    @AfterAll
    void close() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void machineChecksInWithItsTokenAndDownloadsThePatch() {
        JsonNode offer = api.checkIn("m-web-1", WEB_1, 60).json();

        assertThat(offer.path("filename").asString()).isEqualTo(PATCH);
        assertThat(digestOf(offer.path("url").asString())).isEqualTo(DIGEST);
    }

    @Test
    void urlSignedBeforeTheUpgradeIsValid() throws Exception {
        String expires = String.valueOf(Instant.now().plusSeconds(1800).getEpochSecond());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(HexFormat.of().parseHex(SIGNING_KEY), "HmacSHA256"));
        String signature = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(mac.doFinal((PATCH + "\n" + expires).getBytes(UTF_8)));

        assertThat(digestOf("/v1/patches/" + PATCH + "?expires=" + expires + "&signature=" + signature))
                .isEqualTo(DIGEST);
    }

    @Test
    void reportFromTheFutureIsReplacedByTheNextOne() {
        assertThat(api.checkIn("m-clock-ahead", CLOCK_AHEAD, 4711).status()).isEqualTo(200);

        assertThat(PostgresServer.shared().psql(database, """
                                select uptime, seen_at <= now() from machine_reports where machine_id = 'm-clock-ahead'""").trim()).isEqualTo("4711|t");
    }

    @Test
    void machineEnrolsAgainWithItsAuthToken() {
        String renewed = api.enrol("m-web-2", AUTH_TOKEN);

        assertThat(api.checkIn("m-web-2", renewed, 60).status()).isEqualTo(200);
        assertThat(renewed).isNotEqualTo(WEB_2);
        assertThat(api.checkIn("m-web-2", WEB_2, 60).status()).isEqualTo(401);
    }

    @Test
    void anotherMachineEnrolsWithAnEarlierAuthToken() {
        String token = api.enrol("m-new", AUTH_TOKEN);

        assertThat(api.checkIn("m-new", token, 60).json().path("filename").asString())
                .isEqualTo(PATCH);
    }

    @Test
    void tiersAndBlocksAreKept() {
        String session = api.logIn();

        assertThat(api.get("/v1/admin/patches", session).text())
                .contains("livepatch-5.15.0-91.101-generic-91.1-amd64.tar.bz2", "causes soft lockups", "stable");
        assertThat(api.get("/v1/admin/auth-tokens", session).text()).contains("web-servers", "test-hosts", "old-hosts");
    }

    private String digestOf(String url) {
        Api.Answer answer = api.get(url, "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return Sha256.of(answer.body()).toString();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        }
    }
}
