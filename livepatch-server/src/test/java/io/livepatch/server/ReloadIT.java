package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.FaultProxy;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A running unit whose configuration file is replaced, and which gets SIGHUP. */
final class ReloadIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final byte[] BYTES = PatchFiles.bytes(PATCH, 1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Less than the time after which a connection is replaced anyway: that of the probe after 30 s. */
    private static final Duration SOON = Duration.ofSeconds(20);

    private static final int MACHINES = 6;
    private static final int REQUESTS = 200;

    @TempDir
    Path work;

    private final PostgresServer postgres = PostgresServer.shared();
    private final TestDatabase database = TestDatabase.fresh();
    private final FaultProxy oldAddress = FaultProxy.start(postgres.port());
    private final FaultProxy newAddress = FaultProxy.start(postgres.port());
    private String oldUser;
    private String newUser;
    private Path file;
    private Map<String, String> environment;

    @BeforeEach
    void describe() {
        oldUser = "old_" + database.dsn().database();
        newUser = "new_" + database.dsn().database();
        createUser(oldUser);
        file = work.resolve("livepatch.yaml");
        environment = new HashMap<>(ServerProcess.environment(database.dsn(), work.resolve("store")));
        environment.remove("LP_DATABASE_CONNECTION_STRING");
        environment.put("LIVEPATCH_CONFIG_LOCATION", file.toString());
        environment.put("LP_PATCH_CACHE_PATH", work.resolve("cache").toString());
    }

    @AfterEach
    void close() {
        oldAddress.close();
        newAddress.close();
        database.close();
    }

    private void createUser(String name) {
        postgres.psql("postgres", "create role " + name + " login superuser password 'secret'");
    }

    private String connection(String user, int port) {
        return "database.connection-string: postgres://%s:secret@127.0.0.1:%d/%s\n"
                .formatted(user, port, database.dsn().database());
    }

    private String before() {
        return connection(oldUser, oldAddress.port());
    }

    private String after() {
        return connection(newUser, newAddress.port());
    }

    private Instant write(String yaml) {
        try {
            Path fresh = Files.writeString(work.resolve("new.yaml"), yaml);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode configuration(ServerProcess server) {
        return server.api().get("/debug/info", "").json().path("configuration");
    }

    private static void awaitInEffect(ServerProcess server, Instant version) {
        await("the file of " + version)
                .atMost(PATIENCE)
                .until(() ->
                        configuration(server).path("file-modified").asString().equals(version.toString()));
    }

    private static JsonNode awaitEnd(ServerProcess server, String result) {
        await(result)
                .atMost(PATIENCE)
                .until(() -> configuration(server)
                        .path("last-reload")
                        .path("result")
                        .asString()
                        .equals(result));
        return configuration(server).path("last-reload");
    }

    /** Connections of the unit; those of tests have another user. */
    private int connections(String user) {
        return Integer.parseInt(
                postgres.psql("postgres", "select count(*) from pg_stat_activity where usename = '" + user + "'"));
    }

    private String listeners(String user) {
        return postgres.psql(
                "postgres",
                "select count(*) from pg_stat_activity where query ilike 'listen%' and usename = '" + user + "'");
    }

    /** Machines that check in and fetch a patch all the time, and a load balancer that looks at the unit. */
    private static final class Load implements AutoCloseable {
        private final List<String> failures = new CopyOnWriteArrayList<>();
        private final AtomicLong done = new AtomicLong();
        private final AtomicBoolean over = new AtomicBoolean();
        private final List<CompletableFuture<Void>> clients = new ArrayList<>();

        static Load on(ServerProcess server, List<String> tokens) {
            Load load = new Load();
            for (int i = 0; i < tokens.size(); i++) {
                String machine = "m" + i;
                String token = tokens.get(i);
                Api api = server.api();
                load.repeat(uptime -> {
                    Api.Answer answer = api.checkIn(machine, token, uptime);
                    load.check("check-in", answer);
                    load.check("download", api.get(answer.json().path("url").asString(), ""));
                });
            }
            Api probe = server.api();
            load.repeat(_ -> load.check("readiness", probe.get("/health/ready", "")));
            return load;
        }

        private void check(String what, Api.Answer answer) {
            if (answer.status() == 200) {
                done.incrementAndGet();
            } else {
                failures.add(what + " " + answer.status() + " " + answer.text());
            }
        }

        private void repeat(java.util.function.LongConsumer request) {
            clients.add(CompletableFuture.runAsync(
                    () -> {
                        for (long turn = 1; !over.get(); turn++) {
                            try {
                                request.accept(turn);
                            } catch (RuntimeException e) {
                                failures.add(String.valueOf(e));
                            }
                        }
                    },
                    Thread::startVirtualThread));
        }

        void awaitMore() {
            long until = done.get() + REQUESTS;
            await("more requests").atMost(PATIENCE).until(() -> done.get() >= until);
        }

        void expectNoFailure() {
            assertThat(failures).isEmpty();
        }

        @Override
        public void close() {
            over.set(true);
            clients.forEach(CompletableFuture::join);
        }
    }

    private List<String> machines(ServerProcess server) {
        Api api = server.api();
        String session = api.logIn();
        api.upload(session, PATCH, Sha256.of(BYTES), BodyPublishers.ofByteArray(BYTES));
        String authToken = api.authToken(session, "one", "edge");
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < MACHINES; i++) {
            tokens.add(api.enrol("m" + i, authToken));
        }
        return tokens;
    }

    @Test
    void connectionsMoveToANewAddressAndUserWithoutAFailedRequest() {
        createUser(newUser);
        environment.put("LP_PATCH_STORAGE_TYPE", "postgres");
        // So that downloads use the store's own pool.
        environment.put("LP_PATCH_CACHE_ENABLED", "false");
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment);
                Load load = Load.on(server, machines(server))) {
            load.awaitMore();
            assertThat(connections(oldUser)).isPositive();

            Instant version = write(after());
            server.signal("HUP");
            awaitInEffect(server, version);

            await("the old connections are closed").atMost(SOON).until(() -> connections(oldUser) == 0);
            assertThat(connections(newUser)).isPositive();
            await("listens").atMost(PATIENCE).until(() -> listeners(newUser).equals("1"));
            oldAddress.refuse();
            load.awaitMore();
            load.expectNoFailure();
            assertThat(server.output())
                    .contains("changed options: database.connection-string")
                    .doesNotContain("secret");
            assertThat(server.api().get("/metrics", "").text())
                    .contains("livepatch_server_config_reloads_total{result=\"applied\"} 1.0");

            // What another unit changes is noticed by the new connection.
            database.insertPatch(PATCH.replace("107.1-amd64", "107.2-amd64"), "edge");
            await("a notification")
                    .atMost(Duration.ofSeconds(8))
                    .until(() -> server.api().get("/debug/status", "").text().contains("\"patches\":2"));
        }
    }

    @Test
    void manyReloadsUnderLoadFailNoRequest() {
        createUser(newUser);
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment);
                Load load = Load.on(server, machines(server))) {
            for (int i = 0; i < 10; i++) {
                load.awaitMore();
                Instant version = write(i % 2 == 0 ? after() : before());
                server.signal("HUP");
                awaitInEffect(server, version);
            }
            load.awaitMore();
            load.expectNoFailure();
            await("only the last address is used").atMost(PATIENCE).until(() -> connections(newUser) == 0);
        }
    }

    @Test
    void theUnitRecoversWithoutARestartWhenItsDatabaseMoves() {
        createUser(newUser);
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment)) {
            String token = machines(server).getFirst();
            oldAddress.refuse();
            await("not ready").atMost(PATIENCE).until(() -> server.api().readyStatus() == 503);

            write(after());
            server.signal("HUP");

            await("ready").atMost(PATIENCE).until(() -> server.api().readyStatus() == 200);
            assertThat(server.api().checkIn("m0", token, 1).status()).isEqualTo(200);
        }
    }

    @Test
    void aUnitThatStartedWithoutItsDatabaseGetsReadyWithAnotherOne() {
        createUser(newUser);
        oldAddress.refuse();
        write(before());
        try (ServerProcess server = ServerProcess.start(environment)) {
            await("starting").atMost(PATIENCE).until(() -> server.api().readyStatus() == 503);

            write(after());
            server.signal("HUP");

            await("ready").atMost(PATIENCE).until(() -> server.api().readyStatus() == 200);
        }
    }

    @Test
    void aDatabaseThatRefusesTheNewPasswordIsUsedOnceItAcceptsIt() {
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment);
                Load load = Load.on(server, machines(server))) {
            load.awaitMore();
            Instant version = write(after());
            server.signal("HUP");
            JsonNode postponed = awaitEnd(server, "postponed");
            assertThat(postponed.path("problem").asString()).contains("authentication failed for user", newUser);
            assertThat(server.api()
                            .get("/debug/status", "")
                            .json()
                            .path("configuration")
                            .toString())
                    .contains("authentication failed");
            load.awaitMore();
            assertThat(connections(oldUser)).isPositive();

            createUser(newUser);
            awaitInEffect(server, version);
            load.awaitMore();
            load.expectNoFailure();
        }
    }

    @Test
    void aDatabaseWithoutTheSchemaIsNotUsed() {
        createUser(newUser);
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment);
                Load load = Load.on(server, machines(server))) {
            write("database.connection-string: " + postgres.newDatabase() + "\n");
            server.signal("HUP");

            assertThat(awaitEnd(server, "postponed").path("problem").asString()).contains("livepatch-schema-tool");
            load.awaitMore();
            load.expectNoFailure();
        }
    }

    @Test
    void aRefusedFileChangesNothing() {
        createUser(newUser);
        Instant version = write(before());
        try (ServerProcess server = ServerProcess.ready(environment);
                Load load = Load.on(server, machines(server))) {
            write(after() + "server.log-level: loud\nserver.unitt: livepatch/1\n");
            server.signal("HUP");

            assertThat(awaitEnd(server, "refused").path("problem").asString())
                    .contains("server.log-level", "did you mean 'unit'");
            assertThat(configuration(server).path("file-modified").asString()).isEqualTo(version.toString());
            assertThat(server.output()).contains("server.log-level: 'loud'", "did you mean 'unit'");
            load.awaitMore();
            load.expectNoFailure();
            assertThat(connections(newUser)).isZero();
        }
    }

    @Test
    void theLastOfSeveralSignalsInQuickSuccessionTakesEffect() {
        createUser(newUser);
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment);
                Load load = Load.on(server, machines(server))) {
            Instant last = Instant.EPOCH;
            for (int i = 0; i < 20; i++) {
                last = write((i % 2 == 0 ? before() : after()) + "server.burst-limit: " + i + "\n");
                server.signal("HUP");
            }
            awaitInEffect(server, last);
            await("the old connections are closed").atMost(SOON).until(() -> connections(oldUser) == 0);
            load.awaitMore();
            load.expectNoFailure();
        }
    }

    @Test
    void signalDuringTheStartIsRemembered() {
        createUser(newUser);
        oldAddress.hang();
        write(before());
        try (ServerProcess server = ServerProcess.start(environment)) {
            await("it waits for its database").atMost(PATIENCE).until(() -> oldAddress.connections() > 0);
            Instant version = write(after() + "server.log-level: debug\n");
            server.signal("HUP");

            await("ready, with the new database")
                    .atMost(PATIENCE)
                    .until(() -> server.api().readyStatus() == 200);
            awaitInEffect(server, version);
        }
    }

    @Test
    void signalsDuringTheEndHaveNoEffect() {
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment)) {
            server.terminate();
            write("nonsense");
            for (int i = 0; i < 20; i++) {
                server.signal("HUP");
            }

            assertThat(server.exitCode()).as(server.output()).isZero();
        }
    }

    @Test
    void logLevelAndLimitsChangeAndOthersAreNamed() {
        write(before());
        try (ServerProcess server = ServerProcess.ready(environment)) {
            String token = machines(server).getFirst();
            assertThat(server.output()).doesNotContain("\"DEBUG\"");
            Instant version = write(before() + "server: {log-level: debug, url-ttl: 2h}\n");
            server.signal("HUP");
            awaitInEffect(server, version);

            assertThat(server.api().checkIn("m0", token, 1).status()).isEqualTo(200);
            await("the line of a check-in")
                    .atMost(PATIENCE)
                    .until(() -> server.output().contains("\"DEBUG\""));
            assertThat(configuration(server).path("needs-restart").toString()).isEqualTo("[\"server.url-ttl\"]");
            assertThat(server.output()).contains("changed options: server.log-level", "need a restart: server.url-ttl");
        }
    }
}
