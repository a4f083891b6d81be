package io.livepatch.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import at.favre.lib.crypto.bcrypt.BCrypt;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.auth.AdminFilter;
import io.livepatch.server.auth.AdminSessions;
import io.livepatch.server.auth.AuthTokenResource;
import io.livepatch.server.auth.AuthTokens;
import io.livepatch.server.auth.BasicUsers;
import io.livepatch.server.auth.LoginResource;
import io.livepatch.server.catalog.LiveCatalog;
import io.livepatch.server.config.AuthConfig.BasicUser;
import io.livepatch.server.config.Secret;
import io.livepatch.server.database.Database;
import io.livepatch.server.patch.AdminPatchResource;
import io.livepatch.server.patch.Patches;
import io.livepatch.server.patch.Rollout;
import io.livepatch.server.patch.RolloutResource;
import io.livepatch.server.problem.KnownFailures;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.tier.TierResource;
import io.livepatch.server.tier.Tiers;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.jakarta.rs.json.JacksonJsonProvider;

/** The admin API of one unit on a port of its own, with the real database, store and catalog behind it, and a client of it. */
public final class AdminApi implements AutoCloseable {
    public static final String PASSWORD = "correct horse battery staple";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .changeDefaultPropertyInclusion(all -> all.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .build();

    private static final List<BasicUser> USERS = List.of(new BasicUser(
            "ann", new Secret(BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, PASSWORD.toCharArray()))));

    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private final HttpClient client = HttpClient.newHttpClient();
    private final LiveCatalog catalog;
    private String session = "";

    public record Answer(int status, Map<String, List<String>> headers, String text) {
        public JsonNode json() {
            return JSON.readTree(text);
        }

        public String detail() {
            return json().path("detail").asString();
        }
    }

    public AdminApi(Database database, PatchStore store, InstantSource clock, long maxPatchSize) {
        catalog = new LiveCatalog(database, LiveCatalog.CATCH_UP, clock, _ -> {}, () -> {});
        BasicUsers users = new BasicUsers(USERS);
        AdminSessions sessions = new AdminSessions(users, database, clock);
        ResourceConfig jersey = new ResourceConfig()
                .register(new JacksonJsonProvider(JSON))
                .register(new Failures())
                .register(new AdminFilter(sessions))
                .register(new LoginResource(sessions))
                .register(new AuthTokenResource(new AuthTokens(database, clock)))
                .register(new TierResource(new Tiers(database, catalog::refresh)))
                .register(new AdminPatchResource(new Patches(database, store, clock, catalog::refresh, maxPatchSize)))
                .register(new RolloutResource(new Rollout(database, clock, catalog::refresh)));
        ServletContextHandler servlets = new ServletContextHandler("/");
        servlets.addServlet(new ServletHolder(new ServletContainer(jersey)), "/*");
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(servlets);
        start();
    }

    private void start() {
        try {
            catalog.start();
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Failures implements ExceptionMapper<Throwable> {
        @Override
        public Response toResponse(Throwable failure) {
            if (failure instanceof JacksonException) {
                return problem(400, "JSON");
            }
            if (failure instanceof WebApplicationException http) {
                return problem(http.getResponse().getStatus(), "HTTP");
            }
            return KnownFailures.problem(failure)
                    .map(known -> problem(known.status(), known.detail()))
                    .orElseGet(() -> problem(500, failure.toString()));
        }

        private static Response problem(int status, String detail) {
            return Response.status(status)
                    .type("application/problem+json")
                    .entity(JSON.writeValueAsString(Map.of("status", status, "detail", detail)))
                    .build();
        }
    }

    public LiveCatalog catalog() {
        return catalog;
    }

    public AdminApi logIn() {
        Answer answer = send("POST", "/login", BodyPublishers.noBody(), "Authorization", basic("ann", PASSWORD));
        if (answer.status() != 200) {
            throw new ProblemException.Broken(answer.text(), null);
        }
        session = answer.json().path("token").asString();
        return this;
    }

    public String session() {
        return session;
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
                        URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/v1/admin" + path))
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
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            catalog.close();
            client.close();
        }
    }
}
