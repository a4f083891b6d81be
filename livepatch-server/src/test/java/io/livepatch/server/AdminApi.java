package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.livepatch.common.config.Secret;
import io.livepatch.server.auth.AdminFilter;
import io.livepatch.server.auth.AdminSessions;
import io.livepatch.server.auth.AuthTokenResource;
import io.livepatch.server.auth.AuthTokens;
import io.livepatch.server.auth.BasicUsers;
import io.livepatch.server.auth.SessionResource;
import io.livepatch.server.catalog.LiveCatalog;
import io.livepatch.server.config.UnitConfig.AuthConfig.BasicUser;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.download.SigningKeyResource;
import io.livepatch.server.download.SigningKeys;
import io.livepatch.server.http.ApiJson;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.http.JerseyApplication;
import io.livepatch.server.integrity.IntegrityService;
import io.livepatch.server.machine.AdminMachineResource;
import io.livepatch.server.machine.MachineTokens;
import io.livepatch.server.machine.Machines;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.migration.StorageResource;
import io.livepatch.server.patch.AdminPatchResource;
import io.livepatch.server.patch.Patches;
import io.livepatch.server.patch.Rollout;
import io.livepatch.server.patch.RolloutResource;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.tier.TierResource;
import io.livepatch.server.tier.Tiers;
import io.livepatch.server.unit.AdminChangeFilter;
import io.livepatch.server.unit.AdminChangeFilter.UnitResource;
import io.livepatch.server.unit.UnitRegistry;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The admin API of one unit on its own port, with real database, store and catalog, and a client of it. */
public final class AdminApi implements AutoCloseable {
    public static final String PASSWORD = "correct horse battery staple";

    private static final List<BasicUser> USERS = List.of(user("ann", PASSWORD));

    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final DatabaseEvents events;
    private final LiveCatalog catalog;
    private final UnitRegistry units;
    private String session = "";

    public record Answer(int status, Map<String, List<String>> headers, String text) {
        public JsonNode json() {
            return ApiJson.mapper().readTree(text);
        }

        /** The body of an answer to a change, without the member that names the units which have it: all must. */
        public String change() {
            ObjectNode body = (ObjectNode) json();
            assertThat(body.remove("seen-by").path("lagging").size())
                    .as("units that lag")
                    .isZero();
            return body.toString();
        }

        public String detail() {
            return json().path("detail").asString();
        }
    }

    /** A line of {@code auth.basic.users}; never twice the same for a password. */
    public static BasicUser user(String name, String password) {
        return new BasicUser(
                name, new Secret(BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, password.toCharArray())));
    }

    /** A unit with these administrators. */
    public AdminApi(Database database, List<BasicUser> users) {
        this(
                database,
                stores(database, new MemoryPatchStore(), InstantSource.system()),
                InstantSource.system(),
                1,
                users);
    }

    public AdminApi(Database database, PatchStore store, InstantSource clock, long maxPatchSize) {
        this(database, stores(database, store, clock), clock, maxPatchSize);
    }

    public AdminApi(Database database, StoreRegistry stores, InstantSource clock, long maxPatchSize) {
        this(database, stores, clock, maxPatchSize, USERS);
    }

    private AdminApi(
            Database database,
            StoreRegistry stores,
            InstantSource clock,
            long maxPatchSize,
            List<BasicUser> administrators) {
        events = new DatabaseEvents(database, DatabaseEvents.CATCH_UP);
        catalog = new LiveCatalog(database, events, clock, stores::switchTo);
        catalog.subscribe();
        BasicUsers users = new BasicUsers(administrators);
        AdminSessions sessions = new AdminSessions(users, database, new Metrics());
        events.onCatchUp(sessions::endOutdated);
        units = new UnitRegistry(database, "livepatch/0", Duration.ofSeconds(5));
        catalog.onRefresh(units::report);
        IntegrityService integrity = new IntegrityService(database, stores, catalog::refresh);
        JerseyApplication jersey = new JerseyApplication(List.of(
                new AdminFilter(sessions),
                new SessionResource(sessions),
                new AdminChangeFilter(units),
                new UnitResource(),
                new SigningKeyResource(new SigningKeys(database.jdbi(), Duration.ZERO)),
                new AuthTokenResource(new AuthTokens(database)),
                new AdminMachineResource(database, Duration.ofHours(24)),
                new TierResource(new Tiers(database, catalog::refresh)),
                new AdminPatchResource(new Patches(database, stores, integrity, catalog::refresh, maxPatchSize)),
                StorageResource.of(database, stores, integrity, catalog::refresh),
                new RolloutResource(new Rollout(database, catalog::refresh))));
        Metrics metrics = new Metrics();
        MachineTokens tokens = new MachineTokens(database, metrics);
        Machines machines = new Machines(database, tokens, metrics, Duration.ofHours(24));
        HttpServer.Settings settings = new HttpServer.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                false,
                100,
                100,
                Duration.ofSeconds(5),
                4,
                ClientLimitsDefaults.DEFAULT);
        server = new HttpServer(settings, List.of(), Guards.of(machines, tokens, sessions), jersey, metrics);
        start();
    }

    /** One store, also if the database names another kind. */
    static StoreRegistry stores(Database database, PatchStore store, InstantSource clock) {
        return new StoreRegistry(
                database,
                new StoreRegistry.Settings(StoreType.FILESYSTEM, "livepatch/0", Optional.empty()),
                _ -> store,
                clock);
    }

    private void start() {
        try {
            events.start();
            server.bind();
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public LiveCatalog catalog() {
        return catalog;
    }

    public AdminApi logIn() {
        return logIn("ann", PASSWORD);
    }

    public AdminApi logIn(String user, String password) {
        Answer answer = send("POST", "/login", BodyPublishers.noBody(), "Authorization", basic(user, password));
        if (answer.status() != 200) {
            throw new ProblemException.Broken(answer.text(), null);
        }
        session = answer.json().path("token").asString();
        return this;
    }

    public int port() {
        return server.port();
    }

    public String session() {
        return session;
    }

    /** The status of a request for the tiers with the session of another unit. */
    public int statusFor(AdminApi other) {
        return send("GET", "/tiers", BodyPublishers.noBody(), "Authorization", "Bearer " + other.session())
                .status();
    }

    public static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    public Answer get(String path) {
        return call("GET", path, "");
    }

    public Answer post(String path, String json) {
        return call("POST", path, json);
    }

    public Answer call(String method, String path, String json) {
        return send(
                method,
                path,
                json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json),
                "Authorization",
                "Bearer " + session,
                "Content-Type",
                "application/json");
    }

    public Answer upload(String fileName, byte[] bytes) {
        return upload(fileName, BodyPublishers.ofByteArray(bytes), Sha256.of(bytes));
    }

    public Answer upload(String fileName, BodyPublisher bytes, Sha256 announced) {
        return send(
                "PUT",
                "/patches/" + fileName,
                bytes,
                "Authorization",
                "Bearer " + session,
                "Repr-Digest",
                digest(announced));
    }

    public static String digest(Sha256 sha256) {
        return "sha-256=:" + Base64.getEncoder().encodeToString(sha256.bytes()) + ":";
    }

    public Answer send(String method, String path, BodyPublisher body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/v1/admin" + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers().map(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            events.close();
            units.close();
            client.close();
        }
    }
}
