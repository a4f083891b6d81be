package io.livepatch.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.AdminApi;
import io.livepatch.server.AdminApi.Answer;
import io.livepatch.server.Logs;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.config.UnitConfig.AuthConfig.BasicUser;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AuthIT {
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    private static final AtomicReference<Instant> TIME = new AtomicReference<>(NOW);
    private static TestDatabase database;
    private static AdminApi api;

    @BeforeAll
    static void open() {
        database = TestDatabase.fresh();
        api = new AdminApi(database.database(), new MemoryPatchStore(), TIME::get, 1 << 20);
    }

    @BeforeEach
    void reset() {
        TIME.set(NOW);
        database.reset();
        database.jdbi().useHandle(handle -> handle.execute("delete from admin_sessions"));
    }

    @AfterAll
    static void close() {
        api.close();
        database.close();
    }

    @Test
    void loggingInGivesASessionForTenDays() {
        Answer answer = logIn("ann", AdminApi.PASSWORD);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("token").asString()).hasSize(43);
        assertThat(Instant.parse(answer.json().path("expires-at").asString()))
                .as("ten days by the database's clock, whatever the unit's clock says")
                .isEqualTo(Instant.parse(database.value(
                        "select to_char(created_at at time zone 'UTC' + interval '10 days', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
                                + " from admin_sessions")));
    }

    @Test
    void sessionEndsWithItsTime() {
        api.logIn();
        database.jdbi()
                .useHandle(handle -> handle.execute("update admin_sessions set expires_at = now() + interval '1 h'"));
        assertThat(api.get("/tiers").status()).isEqualTo(200);

        database.jdbi().useHandle(handle -> handle.execute("update admin_sessions set expires_at = now()"));
        assertThat(api.get("/tiers").status())
                .as("the unit's clock is ten days behind, and it has just seen the session")
                .isEqualTo(401);

        api.logIn();
        assertThat(database.value("select count(*) from admin_sessions"))
                .as("expired sessions are cleaned up")
                .isEqualTo("1");
    }

    @Test
    void logInAtAUnitWhoseClockIsAheadEndsNoOtherSession() {
        api.logIn();
        InstantSource ahead = () -> Instant.now().plus(Duration.ofDays(400));
        try (AdminApi other = new AdminApi(database.database(), new MemoryPatchStore(), ahead, 1).logIn()) {
            assertThat(api.get("/tiers").status()).isEqualTo(200);
            assertThat(other.get("/tiers").status()).isEqualTo(200);
            assertThat(database.value("select bool_and(expires_at < now() + interval '241 h') from admin_sessions"))
                    .isEqualTo("t");
        }
    }

    @Test
    void sessionEndsOnEveryUnitWhenTheFirstOneStartsWithANewPassword() {
        BasicUser bob = AdminApi.user("bob", "bob's");
        List<BasicUser> before = List.of(AdminApi.user("ann", "old"), bob);
        try (AdminApi old = new AdminApi(database.database(), before);
                AdminApi bobs = new AdminApi(database.database(), before)) {
            old.logIn("ann", "old");
            bobs.logIn("bob", "bob's");
            assertThat(old.get("/tiers").status()).isEqualTo(200);

            try (AdminApi changed =
                    new AdminApi(database.database(), List.of(AdminApi.user("ann", "new"), bob)).logIn("ann", "new")) {
                await().untilAsserted(
                                () -> assertThat(old.get("/tiers").status()).isEqualTo(401));
                assertThat(changed.statusFor(old)).isEqualTo(401);
                assertThat(changed.get("/tiers").status()).isEqualTo(200);
                assertThat(bobs.get("/tiers").status())
                        .as("of another administrator")
                        .isEqualTo(200);

                assertThat(changed.statusFor(old.logIn("ann", "old")))
                        .as("logged in at a unit that does not know the new password yet")
                        .isEqualTo(401);
            }
        }
    }

    @Test
    void sessionEndsOnEveryUnitWhenTheAdministratorIsRemoved() {
        BasicUser ann = AdminApi.user("ann", "ann's");
        try (AdminApi old = new AdminApi(database.database(), List.of(ann)).logIn("ann", "ann's")) {
            assertThat(old.get("/tiers").status()).isEqualTo(200);

            try (AdminApi _ = new AdminApi(database.database(), List.of())) {
                await().untilAsserted(
                                () -> assertThat(old.get("/tiers").status()).isEqualTo(401));
            }
        }
    }

    @Test
    void sessionWithoutACredentialIsRefusedAndTiedToNoPassword() {
        BasicUser ann = AdminApi.user("ann", "ann's");
        try (AdminApi before = new AdminApi(database.database(), List.of(ann)).logIn("ann", "ann's")) {
            database.jdbi().useHandle(handle -> handle.execute("update admin_sessions set credential = null"));
            assertThat(before.get("/tiers").status())
                    .as("nothing tells which password it was made with")
                    .isEqualTo(401);

            try (AdminApi changed =
                    new AdminApi(database.database(), List.of(AdminApi.user("ann", "new"))).logIn("ann", "new")) {
                changed.catalog().refresh();
                assertThat(changed.statusFor(before)).isEqualTo(401);
                await().untilAsserted(
                                () -> assertThat(changed.get("/tiers").status()).isEqualTo(200));
            }
            assertThat(database.value("select count(*) from admin_sessions where credential is null"))
                    .as("units of the release before go on with it until they are replaced")
                    .isEqualTo("1");
        }
    }

    @Test
    void loggingOutEndsTheSessionOnEveryUnitAndMayBeRepeated() {
        api.logIn();
        try (AdminApi other = new AdminApi(database.database(), new MemoryPatchStore(), TIME::get, 1)) {
            assertThat(other.statusFor(api)).isEqualTo(200);

            assertThat(api.call("DELETE", "/session", "").status()).isEqualTo(204);

            assertThat(other.statusFor(api)).isEqualTo(401);
            assertThat(api.get("/tiers").status()).isEqualTo(401);
            assertThat(api.call("DELETE", "/session", "").status()).isEqualTo(204);
            assertThat(api.send("DELETE", "/session", BodyPublishers.noBody()).status())
                    .isEqualTo(401);
        }
    }

    @Test
    void sessionHoldsOnEveryUnit() {
        api.logIn();
        try (AdminApi other = new AdminApi(database.database(), new MemoryPatchStore(), TIME::get, 1)) {
            assertThat(other.send("GET", "/tiers", BodyPublishers.noBody(), "Authorization", "Bearer " + api.session())
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({"ann, wrong", "bob, wrong", "ann, ''", "'', ''"})
    void wrongUserOrPasswordIsRefusedInTheSameWords(String user, String password) {
        Answer answer = logIn(user, password);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.detail()).startsWith("user or password is wrong");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic", "Basic ***", "Basic YW5u", "Bearer x", "Digest x"})
    void malformedLogInIsRefused(String header) {
        assertThat(api.send("POST", "/login", BodyPublishers.noBody(), "Authorization", header)
                        .status())
                .isEqualTo(401);
        assertThat(api.send("POST", "/login", BodyPublishers.noBody()).status()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /tiers",
        "POST, /tiers",
        "DELETE, /tiers/edge",
        "PUT, /tiers/edge/position",
        "GET, /patches",
        "GET, /patches/livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2",
        "PUT, /patches/livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2",
        "DELETE, /patches/livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2",
        "POST, /patches/promote",
        "POST, /patches/promote-all",
        "POST, /patches/block",
        "POST, /patches/unblock",
        "POST, /auth-token",
        "GET, /auth-tokens",
        "DELETE, /auth-tokens/web",
    })
    void everyRouteNeedsASession(String method, String path) {
        for (String header :
                new String[] {"Bearer " + "x".repeat(43), "Bearer ", AdminApi.basic("ann", AdminApi.PASSWORD)}) {
            assertThat(api.send(
                                    method,
                                    path,
                                    BodyPublishers.ofString("{}"),
                                    "Authorization",
                                    header,
                                    "Content-Type",
                                    "application/json")
                            .status())
                    .isEqualTo(401);
        }
        assertThat(api.send(method, path, BodyPublishers.ofString("{}"), "Content-Type", "application/json")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void tokenIsIndependentOfEarlierRequestsOfItsConnection() {
        api.logIn();
        String begin = api.session().substring(0, 30);

        // The client keeps one connection, as a load balancer does for many machines.
        for (String other : new String[] {begin.toLowerCase(Locale.ROOT), begin.toUpperCase(Locale.ROOT)}) {
            api.send("GET", "/tiers", BodyPublishers.noBody(), "Authorization", "Bearer " + other);
            assertThat(api.get("/tiers").status()).isEqualTo(200);
        }
    }

    @Test
    void connectionOfARefusedSenderStaysUsable() throws IOException {
        byte[] head = "POST /v1/admin/tiers HTTP/1.1\r\nHost: unit\r\nContent-Length: 2\r\n\r\n".getBytes(UTF_8);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.setSoTimeout(500);
            socket.getOutputStream().write(head);
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .as("an answer before the body would leave the body behind")
                    .isInstanceOf(SocketTimeoutException.class);

            socket.setSoTimeout(30_000);
            socket.getOutputStream().write("{}".getBytes(UTF_8));
            assertThat(statusLine(socket)).contains(" 401 ");
            socket.getOutputStream().write(head);
            socket.getOutputStream().write("{}".getBytes(UTF_8));
            assertThat(statusLine(socket)).contains(" 401 ");
        }
    }

    /** Reads one answer with a Content-Length. */
    private static String statusLine(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int octet = socket.getInputStream().read();
            assertThat(octet).as("the connection is open").isNotNegative();
            head.append((char) octet);
        }
        Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(head);
        assertThat(length.find()).as("%s", head).isTrue();
        socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
        return head.toString().lines().findFirst().orElseThrow();
    }

    @Test
    void authTokenIsShownOnceAndKeptAsADigest() {
        api.logIn();
        Answer issued = api.post("/auth-token", "{\"id\":\"web\",\"tier\":\"stable\"}");

        assertThat(issued.status()).isEqualTo(201);
        String token = issued.json().path("auth-token").asString();
        assertThat(UUID.fromString(token).version()).isEqualTo(4);
        assertThat(database.value("select encode(token_hash, 'hex') from auth_tokens"))
                .isEqualTo(Sha256.of(token.getBytes(UTF_8)).hex());
        Answer listed = api.get("/auth-tokens");
        assertThat(listed.text()).doesNotContain(token);
        assertThat(listed.json().path("auth-tokens").path(0).toString())
                .matches(
                        "\\{\"id\":\"web\",\"tier\":\"stable\",\"created-at\":\"[^\"]+Z\",\"shared-images\":false,\"machines\":0}");
        assertThat(database.value("select created_at between now() - interval '1 minute' and now() from auth_tokens"))
                .as("by the database's clock")
                .isEqualTo("t");
    }

    @Test
    void labelIsGivenOnceEvenAfterRevocation() {
        api.logIn();
        api.post("/auth-token", "{\"id\":\"web\",\"tier\":\"stable\"}");

        assertThat(api.call("DELETE", "/auth-tokens/web", "").status()).isEqualTo(204);
        assertThat(api.call("DELETE", "/auth-tokens/web", "").status()).isEqualTo(204);
        assertThat(api.post("/auth-token", "{\"id\":\"web\",\"tier\":\"edge\"}").status())
                .isEqualTo(409);
        assertThat(api.get("/auth-tokens").text()).contains("revoked-at");
        assertThat(api.call("DELETE", "/auth-tokens/unknown", "").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"id\":\"web\",\"tier\":\"nowhere\"} | 404",
                "{\"id\":\"web\"} | 400",
                "{\"id\":\"w/b\",\"tier\":\"edge\"} | 400",
                "{\"id\":\"web\",\"tier\":\"Edge\"} | 400",
                "{\"id\":\"web\",\"tier\":\"edge\",\"extra\":1} | 400",
                "{\"id\":[],\"tier\":\"edge\"} | 400",
                "[] | 400",
                "{ | 400",
                "null | 400",
            })
    void malformedRequestForATokenIsRefused(String body, int status) {
        assertThat(api.logIn().post("/auth-token", body).status()).isEqualTo(status);
    }

    @Test
    void tokensAreListedPageByPage() {
        api.logIn();
        for (String id : new String[] {"a", "b", "c"}) {
            api.post("/auth-token", "{\"id\":\"" + id + "\",\"tier\":\"edge\"}");
        }

        Answer first = api.get("/auth-tokens?limit=2");
        Answer second = api.get(
                "/auth-tokens?limit=2&after=" + first.json().path("next").asString());

        assertThat(first.json().path("auth-tokens").size()).isEqualTo(2);
        assertThat(second.json().path("auth-tokens").path(0).path("id").asString())
                .isEqualTo("c");
        assertThat(second.json().has("next")).isFalse();
        assertThat(api.get("/auth-tokens?limit=0").status()).isEqualTo(400);
    }

    @Test
    void noSecretIsLogged() {
        try (Logs logs = Logs.capture()) {
            api.logIn();
            logIn("ann", "hunter2");
            String token = api.post("/auth-token", "{\"id\":\"web\",\"tier\":\"edge\"}")
                    .json()
                    .path("auth-token")
                    .asString();
            api.send("GET", "/tiers", BodyPublishers.noBody(), "Authorization", "Bearer hunter2");

            assertThat(logs.lines())
                    .isNotEmpty()
                    .noneMatch(line -> line.contains("hunter2")
                            || line.contains(AdminApi.PASSWORD)
                            || line.contains(api.session())
                            || line.contains(token)
                            || line.contains("$2y$"));
            assertThat(logs.lines())
                    .anyMatch(line -> line.contains("authn_login_success:ann"))
                    .anyMatch(line -> line.contains("authz_admin:ann"))
                    .anyMatch(line -> line.contains("authn_token_created:web"));
        }
    }

    @Test
    void logOutIsLoggedWithUserAndAddress() {
        api.logIn();
        try (Logs logs = Logs.capture()) {
            api.call("DELETE", "/session", "");

            assertThat(logs.lines())
                    .anySatisfy(line -> assertThat(line)
                            .contains(
                                    "type=\"security\"",
                                    "event=\"authn_logout:ann\"",
                                    "user=\"ann\"",
                                    "source=\"127.0.0.1\""));
        }
    }

    @Test
    void sessionsEndedByANewPasswordAreLoggedForEachUser() {
        BasicUser bob = AdminApi.user("bob", "bob's");
        List<BasicUser> before = List.of(AdminApi.user("ann", "old"), bob, AdminApi.user("carl", "carl's"));
        try (AdminApi old = new AdminApi(database.database(), before)) {
            old.logIn("ann", "old");
            old.logIn("ann", "old");
            old.logIn("bob", "bob's");
            old.logIn("carl", "carl's");
            List<BasicUser> after = List.of(AdminApi.user("ann", "new"), bob);
            try (Logs logs = Logs.capture();
                    AdminApi _ = new AdminApi(database.database(), after)) {
                await().untilAsserted(() -> assertThat(logs.lines())
                        .anySatisfy(line -> assertThat(line)
                                .contains(
                                        "event=\"authn_sessions_ended:ann\"",
                                        "user=\"ann\"",
                                        "2 sessions of user 'ann' ended: the password was changed"))
                        .anySatisfy(line -> assertThat(line)
                                .contains(
                                        "event=\"authn_sessions_ended:carl\"",
                                        "user=\"carl\"",
                                        "1 session of user 'carl' ended: the user was removed"))
                        .noneMatch(line -> line.contains("authn_sessions_ended:bob")));
            }
        }
    }

    @Test
    void changesOfAuthTokensAreLoggedWithTheUser() {
        api.logIn();
        try (Logs logs = Logs.capture()) {
            api.post("/auth-token", "{\"id\":\"web\",\"tier\":\"edge\"}");
            api.call("DELETE", "/auth-tokens/web?with-machines=true", "");

            assertThat(logs.lines())
                    .anySatisfy(line -> assertThat(line).contains("event=\"authn_token_created:web\"", "user=\"ann\""))
                    .anySatisfy(line -> assertThat(line).contains("event=\"authn_token_revoked:web\"", "user=\"ann\""))
                    .anySatisfy(line -> assertThat(line).contains("event=\"machines_removed:web\"", "user=\"ann\""));
        }
    }

    @Test
    void unavailableDatabaseIsAnsweredUnavailableNotUnauthorizedAndRecovers() {
        try (PostgresServer server = PostgresServer.start();
                TestDatabase own = TestDatabase.on(server);
                AdminApi unit = new AdminApi(own.database(), new MemoryPatchStore(), TIME::get, 1).logIn()) {
            server.stop();

            for (String path : new String[] {"/tiers", "/patches", "/auth-tokens"}) {
                Answer answer = unit.get(path);
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.detail()).isEqualTo("the database cannot be reached; try again");
            }

            server.resume();
            await().untilAsserted(() -> assertThat(unit.get("/tiers").status()).isEqualTo(200));
        }
    }

    @Test
    void defectIsNotReportedAsAnUnavailableDatabase() {
        api.logIn();
        database.jdbi().useHandle(handle -> handle.execute("alter table auth_tokens rename to gone"));
        try {
            assertThat(api.get("/auth-tokens").status()).isEqualTo(500);
        } finally {
            database.jdbi().useHandle(handle -> handle.execute("alter table gone rename to auth_tokens"));
        }
    }

    private Answer logIn(String user, String password) {
        return api.send("POST", "/login", BodyPublishers.noBody(), "Authorization", AdminApi.basic(user, password));
    }
}
