package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.render.HaproxyConfig;
import io.livepatch.haproxy.runtime.ServerStatus.Condition;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers come and go in the worker that serves, and it is the same one afterwards. */
class RuntimeUpdateIT {
    /** How often servers come and go; {@code scripts/soak} has more. */
    private static final int ROUNDS = Integer.getInteger("haproxy.rounds", 5);

    private static final HealthCheck QUICK = new HealthCheck(
            "/health/ready", Duration.ofMillis(200), Duration.ofMillis(100), Duration.ofSeconds(2), 2, 2);

    @TempDir
    Path directory;

    private final Unit zero = Unit.start(0);
    private final Unit one = Unit.start(1);
    private final Unit two = Unit.start(2);
    private RunningHaproxy running;
    private HttpClient client;
    private long worker;
    private int port;

    @BeforeEach
    void start() throws Exception {
        port = FreePorts.one();
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1");
        client = Clients.keepAlive(certificate.trust(), HttpClient.Version.HTTP_1_1);
        running = RunningHaproxy.start(directory, certificate, with(certificate, zero.asServer(), one.asServer()));
        running.awaitChecked(zero, one);
        worker = running.worker();
    }

    @AfterEach
    void stop() {
        client.close();
        running.close();
        List.of(zero, one, two).forEach(Unit::close);
    }

    @Test
    void noRequestIsLostWhileAServerComesDrainsAndGoesAgainAndAgain() throws Exception {
        LoadBalancer without = with(zero.asServer(), one.asServer());
        LoadBalancer ready = with(zero.asServer(), one.asServer(), two.asServer());
        LoadBalancer draining = with(zero.asServer(), one.asServer(), two.asServer(Server.State.DRAIN));
        try (Load load = Load.on(port, running.certificate)) {
            for (int round = 1; round <= ROUNDS; round++) {
                assertThat(running.haproxy.apply(ready)).isEqualTo(updated("add " + at(two) + ", ready"));
                running.awaitCondition(two, Condition.UP);
                load.awaitMore(50);
                assertThat(running.haproxy.apply(draining)).isEqualTo(updated("set " + two.ref() + " draining"));
                await("nothing is in flight")
                        .until(() -> running.haproxy.runtime().inFlight(two.ref()) == 0);
                assertThat(running.haproxy.apply(without))
                        .isEqualTo(updated("set " + two.ref() + " in maintenance", "delete " + two.ref()));
            }
            assertThat(load.failures()).as("of %s requests", load.done()).isEmpty();
        }
        assertThat(two.seen).hasSizeGreaterThan(ROUNDS);
        assertSameWorker();
        assertThat(running.config()).isEqualTo(HaproxyConfig.render(without));
    }

    @Test
    void noRequestIsLostWhenServersGoUnannounced() throws Exception {
        try (Load load = Load.on(port, running.certificate)) {
            for (int round = 1; round <= ROUNDS; round++) {
                running.haproxy.apply(with(zero.asServer(), one.asServer(), two.asServer()));
                running.awaitCondition(two, Condition.UP);
                load.awaitMore(50);
                assertThat(running.haproxy.apply(with(zero.asServer(), one.asServer())))
                        .isInstanceOf(ApplyResult.Updated.class);
            }
            assertThat(load.failures()).as("of %s requests", load.done()).isEmpty();
        }
        assertSameWorker();
    }

    @Test
    void aNewServerGetsNothingBeforeItHasPassedItsChecks() throws Exception {
        two.ready = false;
        // So slow that these requests are through before the first check, so that they prove that haproxy waits for it.
        HealthCheck slow = new HealthCheck(
                "/health/ready", Duration.ofSeconds(3), Duration.ofMillis(100), Duration.ofSeconds(2), 2, 2);
        assertThat(running.haproxy.apply(checked(slow, zero.asServer(), one.asServer())))
                .isInstanceOf(ApplyResult.Reloaded.class);
        assertThat(running.haproxy.apply(checked(slow, zero.asServer(), one.asServer(), two.asServer())))
                .isInstanceOf(ApplyResult.Updated.class);
        assertThat(unitsOf(12)).containsOnly(zero.name, one.name);
        running.awaitChecked(two);
        assertThat(running.status(two).condition()).isEqualTo(Condition.DOWN);
        assertThat(running.status(two).lastCheck()).startsWith("L7STS 503");
        assertThat(two.seen).isEmpty();
        two.ready = true;
        running.awaitCondition(two, Condition.UP);
        assertThat(unitsOf(12)).contains(two.name);
        two.ready = false;
        running.awaitCondition(two, Condition.DOWN);
    }

    @Test
    void aServerThatLeavesMaintenanceIsTestedFirstToo() throws Exception {
        running.haproxy.apply(with(zero.asServer(), one.asServer(Server.State.MAINTENANCE)));
        one.ready = false;
        one.seen.clear();
        running.haproxy.apply(with(zero.asServer(), one.asServer()));
        assertThat(unitsOf(12)).containsOnly(zero.name);
        one.ready = true;
        running.awaitCondition(one, Condition.UP);
        assertSameWorker();
    }

    @Test
    void anAddedServerEqualsOneOfTheFile() {
        Server two = new Server(this.two.name, "127.0.0.1", this.two.asServer().port(), 37, 11, Server.State.READY);
        LoadBalancer next = with(zero.asServer(), one.asServer(), two);
        assertThat(running.haproxy.apply(next)).isInstanceOf(ApplyResult.Updated.class);
        running.awaitCondition(this.two, Condition.UP);
        String dynamic = facts(this.two);
        assertThat(running.haproxy.apply(next.withLimits(ProxyLimits.DEFAULT.withMaxConnections(500))))
                .isInstanceOf(ApplyResult.Reloaded.class);
        running.awaitChecked(this.two);
        assertThat(facts(this.two)).isEqualTo(dynamic).contains("weight=37", "slim=11", "check_fall=2");
    }

    /** A machine opens a connection for each poll; haproxy must not do the same to the unit. */
    @Test
    void anAddedServerReusesConnectionsAsOneOfTheFile() throws Exception {
        Backend idempotent = with().backends().getFirst().asIdempotent();
        LoadBalancer file = with().withBackends(List.of(idempotent.withServers(List.of(zero.asServer()))));
        LoadBalancer added =
                file.withBackends(List.of(idempotent.withServers(List.of(zero.asServer(), two.asServer()))));
        assertThat(running.haproxy.apply(file)).isInstanceOf(ApplyResult.Reloaded.class);
        running.awaitChecked(zero);
        assertThat(running.haproxy.apply(added)).isInstanceOf(ApplyResult.Updated.class);
        running.awaitCondition(two, Condition.UP);
        int requests = 100;
        for (int i = 0; i < requests; i++) {
            assertThat(post("/v1/client/m")).startsWith("HTTP/1.1 200");
        }
        for (Unit unit : List.of(zero, two)) {
            assertThat(count(unit, "reuse") + count(unit, "connect"))
                    .as(unit.name)
                    .isEqualTo(requests / 2);
            assertThat(count(unit, "connect")).as("connections to " + unit.name).isLessThan(requests / 10);
        }
    }

    @Test
    void aServerWithIdleConnectionsIsDeletedWithoutAReload() throws Exception {
        running.haproxy.apply(with(zero.asServer(), one.asServer(), two.asServer()));
        running.awaitCondition(two, Condition.UP);
        unitsOf(9);
        assertThat(count(two, "idle_conn_cur") + count(two, "safe_conn_cur")).isPositive();
        assertThat(running.haproxy.apply(with(zero.asServer(), one.asServer())))
                .isInstanceOf(ApplyResult.Updated.class);
        assertSameWorker();
    }

    @Test
    void onlyIdempotentRequestsAreRetriedWithoutAnAnswer() throws Exception {
        Backend once = with().backends().getFirst().withServers(List.of(zero.asServer()));
        running.haproxy.apply(with().withBackends(List.of(once)));
        running.awaitChecked(zero);
        zero.breaksOff = true;
        assertThat(post("/v1/client/once")).startsWith("HTTP/1.1 502");
        assertThat(zero.seen).containsOnlyOnce("/v1/client/once");
        running.haproxy.apply(with().withBackends(List.of(once.asIdempotent())));
        running.awaitChecked(zero);
        assertThat(post("/v1/client/twice")).startsWith("HTTP/1.1 502");
        assertThat(zero.seen.stream().filter("/v1/client/twice"::equals)).hasSize(2);
        running.haproxy.apply(with().withBackends(
                        List.of(once.asIdempotent().withServers(List.of(zero.asServer(), one.asServer())))));
        running.awaitCondition(one, Condition.UP);
        assertThat(unitsOf(6)).containsOnly(one.name);
    }

    /** Sends a request on a new connection, as a machine does. */
    private String post(String path) throws Exception {
        return Clients.raw(
                running.certificate.trust(),
                port,
                "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    }

    private long count(Unit unit, String column) {
        String name = unit.asServer().haproxyName();
        return Statistics.serverRows(running.haproxy.runtime().send("show stat")).stream()
                .filter(row -> row.get("svname").equals(name))
                .mapToLong(row -> Long.parseLong(row.get(column)))
                .sum();
    }

    @Test
    void weightsAndStatesReachTheModelsValues() throws Exception {
        Server light = new Server(zero.name, "127.0.0.1", zero.asServer().port(), 1, 1000, Server.State.READY);
        assertThat(running.haproxy.apply(with(light, one.asServer(Server.State.DRAIN))))
                .isEqualTo(updated("set " + zero.ref() + " weight 1", "set " + one.ref() + " draining"));
        assertThat(unitsOf(6)).containsOnly(zero.name);
        running.haproxy.runtime().setState(zero.ref(), Server.State.DRAIN);
        running.haproxy.runtime().setWeight(zero.ref(), 9);
        assertThat(running.haproxy.apply(with(light, one.asServer())))
                .isEqualTo(updated(
                        "set " + zero.ref() + " weight 1",
                        "set " + zero.ref() + " ready",
                        "set " + one.ref() + " ready"));
        assertThat(running.haproxy.apply(with(light, one.asServer()))).isEqualTo(new ApplyResult.Unchanged());
        running.haproxy.runtime().setState(zero.ref(), Server.State.DRAIN);
        assertThat(running.haproxy.apply(with(light, one.asServer())))
                .isEqualTo(updated("set " + zero.ref() + " ready"));
        assertSameWorker();
    }

    /** Otherwise it would get no requests until its next check, and it may be the only server. */
    @Test
    void aDrainedServerWithACheckInProgressCountsAsChecked() {
        running.haproxy.apply(with(zero.asServer(Server.State.DRAIN), one.asServer()));
        zero.hesitant = true;
        await("a test is under way").until(zero.gate::hasQueuedThreads);

        assertThat(running.haproxy.apply(with(zero.asServer(), one.asServer())))
                .isEqualTo(updated("set " + zero.ref() + " ready"));
    }

    @Test
    void anInterruptedChangeIsCompletedByTheNextApply() throws Exception {
        LoadBalancer before = with(zero.asServer(), one.asServer());
        LoadBalancer next = with(zero.asServer(Server.State.DRAIN), one.asServer(), two.asServer());
        MasterCli master = new MasterCli(directory.resolve("master.sock"));
        // Killed after the first order of two.
        running.haproxy.runtime().add(next.backends().getFirst(), two.asServer());
        assertThat(running.haproxy.apply(next)).isEqualTo(updated("set " + zero.ref() + " draining"));
        // Killed before the file was written.
        assertThat(RuntimeUpdate.of(master, before, HaproxyConfig.render(before))
                        .run())
                .isPresent();
        assertThat(running.config()).isEqualTo(HaproxyConfig.render(next));
        assertThat(running.haproxy.apply(before)).isEqualTo(updated());
        assertThat(running.config()).isEqualTo(HaproxyConfig.render(before));
        // Written by another hand: file and description agree, the servers do not.
        running.haproxy.apply(next);
        Files.writeString(directory.resolve("haproxy.cfg"), HaproxyConfig.render(before));
        assertThat(running.haproxy.apply(before)).isInstanceOf(ApplyResult.Updated.class);
        assertThat(running.haproxy.runtime().servers()).hasSize(2);
        assertSameWorker();
    }

    @Test
    void aReloadReplacesACommandThatHaproxyRefuses() throws Exception {
        LoadBalancer hashing = hashing(zero.asServer(), one.asServer());
        assertThat(running.haproxy.apply(hashing)).isInstanceOf(ApplyResult.Reloaded.class);
        LoadBalancer next = hashing(zero.asServer(), one.asServer(), two.asServer());
        int id = next.backends().getFirst().serverIds().get(two.asServer());
        running.haproxy.runtime().send("add server livepatch/stray 127.0.0.1:9 maxconn 1 id " + id);
        assertThat(running.haproxy.apply(next)).isInstanceOf(ApplyResult.Reloaded.class);
        assertThat(running.haproxy.runtime().servers())
                .extracting(ServerStatus::name)
                .containsExactly("livepatch-0", "livepatch-1", "livepatch-2");
        assertThat(running.haproxy.apply(next)).isEqualTo(new ApplyResult.Unchanged());
    }

    @Test
    void whenTheLastServerIsReplacedANewWorkerServesWithoutAPause() throws Exception {
        try (Load load = Load.on(port, running.certificate)) {
            load.awaitMore(50);
            assertThat(running.haproxy.apply(with(two.asServer()))).isInstanceOf(ApplyResult.Reloaded.class);
            load.awaitMore(50);
            assertThat(load.failures()).as("of %s requests", load.done()).isEmpty();
        }
    }

    @Test
    void aServerFinishesItsRequestsInTheOldWorker() throws Exception {
        CompletableFuture<HttpResponse<String>> slow = slowRequest();
        Unit busy = zero.seen.isEmpty() ? one : zero;
        Unit free = busy == zero ? one : zero;
        assertThat(running.haproxy.apply(with(free.asServer()))).isInstanceOf(ApplyResult.Reloaded.class);
        assertThat(running.haproxy.runtime().servers()).hasSize(1);
        busy.gate.release();
        assertThat(slow.get().statusCode()).isEqualTo(200);
    }

    @Test
    void whenCommandsAndReloadAreBothRefusedTheServersAreRestored() throws Exception {
        CompletableFuture<HttpResponse<String>> slow = slowRequest();
        Unit busy = zero.seen.isEmpty() ? one : zero;
        Unit free = busy == zero ? one : zero;
        String before = running.config();
        LoadBalancer next = with(free.asServer(), two.asServer());
        CompletableFuture<ApplyResult> applied = CompletableFuture.supplyAsync(() -> running.haproxy.apply(next));
        running.awaitCondition(busy, Condition.MAINT);
        // After haproxy -c has seen it, and before the next worker wants it.
        Files.delete(running.certificate.both());
        assertThat(applied.get())
                .isInstanceOfSatisfying(
                        ApplyResult.Refused.class,
                        refused -> assertThat(refused.problems())
                                .singleElement()
                                .asString()
                                .contains("could not start a worker with it"));
        assertThat(running.config()).isEqualTo(before);
        assertThat(running.worker()).isEqualTo(worker);
        running.awaitCondition(busy, Condition.UP);
        assertThat(running.haproxy.runtime().servers())
                .extracting(ServerStatus::name)
                .containsExactlyInAnyOrder("livepatch-0", "livepatch-1");
        busy.gate.release();
        assertThat(slow.get().statusCode()).isEqualTo(200);
        assertThat(unitsOf(12)).contains(zero.name, one.name);
    }

    @Test
    void aServerWithAStuckRequestIsRemovedByAbortingIt() throws Exception {
        CompletableFuture<HttpResponse<String>> slow = slowRequest();
        Unit busy = zero.seen.isEmpty() ? one : zero;
        RuntimeSocket runtime = running.haproxy.runtime();
        assertThat(runtime.inFlight(busy.ref())).isEqualTo(1);
        assertThat(runtime.remove(busy.ref(), Duration.ofMillis(300))).isEqualTo(1);
        assertThat(runtime.server(busy.ref())).isEmpty();
        assertThat(runtime.inFlight(busy.ref())).isZero();
        assertThat(slow.get().statusCode()).isNotEqualTo(200);
        Unit free = busy == zero ? one : zero;
        assertThat(runtime.server(free.ref()).orElseThrow().requests()).isZero();
        assertThat(unitsOf(3)).containsOnly(free.name);
        assertThat(runtime.server(free.ref()).orElseThrow().requests()).isEqualTo(3);
        assertThat(runtime.remove(free.ref(), Duration.ofSeconds(10))).isZero();
        assertSameWorker();
    }

    @Test
    void everyStrategyAddsAndRemovesServers() throws Exception {
        assertThat(running.haproxy.apply(everyStrategy(zero.asServer()))).isInstanceOf(ApplyResult.Reloaded.class);
        LoadBalancer more = everyStrategy(zero.asServer(), one.asServer());
        assertThat(running.haproxy.apply(more)).isInstanceOf(ApplyResult.Updated.class);
        assertThat(running.haproxy.apply(more)).isEqualTo(new ApplyResult.Unchanged());
        assertThat(running.haproxy.runtime().servers()).hasSize(2 * Strategy.values().length);
        assertThat(running.haproxy.apply(everyStrategy(zero.asServer()))).isInstanceOf(ApplyResult.Updated.class);
        assertThat(running.reloads()).isEqualTo(1);
    }

    private void assertSameWorker() {
        assertThat(running.worker()).isEqualTo(worker);
        assertThat(running.reloads()).isZero();
    }

    private static ApplyResult updated(String... commands) {
        return new ApplyResult.Updated(List.of(commands));
    }

    private static String at(Unit unit) {
        return unit.ref() + " at 127.0.0.1:" + unit.asServer().port();
    }

    /** The configured properties of a server in the statistics. */
    private String facts(Unit unit) {
        return Statistics.serverRows(running.haproxy.runtime().send("show stat")).stream()
                .filter(row -> row.get("svname").equals(unit.asServer().haproxyName()))
                .map(row -> List.of(
                                "status",
                                "weight",
                                "uweight",
                                "slim",
                                "addr",
                                "mode",
                                "check_rise",
                                "check_fall",
                                "check_status",
                                "qlimit",
                                "cookie",
                                "algo")
                        .stream()
                        // A star means that a check is running.
                        .map(column -> column + "=" + row.get(column).replaceFirst("^\\* ", ""))
                        .toList()
                        .toString())
                .findFirst()
                .orElseThrow();
    }

    private CompletableFuture<HttpResponse<String>> slowRequest() {
        CompletableFuture<HttpResponse<String>> slow = client.sendAsync(
                Clients.request(port, "/v1/client/m/slow").build(), HttpResponse.BodyHandlers.ofString());
        await("a unit is at work").until(() -> zero.seen.size() + one.seen.size() == 1);
        return slow;
    }

    private List<String> unitsOf(int requests) throws Exception {
        List<String> units = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            units.add(Clients.field(Clients.get(client, port, "/v1/client/m").body(), "unit"));
        }
        return units;
    }

    private LoadBalancer everyStrategy(Server... servers) {
        return with().withBackends(Arrays.stream(Strategy.values())
                .map(strategy -> new Backend(
                        strategy == Strategy.ROUND_ROBIN ? "livepatch" : strategy.name(),
                        strategy,
                        Optional.of(QUICK),
                        List.of(servers),
                        3))
                .toList());
    }

    private LoadBalancer hashing(Server... servers) {
        return with().withBackends(List.of(Examples.units(servers).withStrategy(Strategy.URI_HASH)));
    }

    private LoadBalancer checked(HealthCheck check, Server... servers) {
        Backend backend = new Backend("livepatch", Strategy.ROUND_ROBIN, Optional.of(check), List.of(servers), 3);
        return with().withBackends(List.of(backend));
    }

    private LoadBalancer with(Server... servers) {
        return with(running.certificate, servers);
    }

    private LoadBalancer with(TestCertificate certificate, Server... servers) {
        return LoadBalancer.of(
                "haproxy/0",
                new Paths(directory),
                Examples.https(Bind.secure("127.0.0.1", port, new Tls(certificate.both()))),
                new Backend("livepatch", Strategy.ROUND_ROBIN, Optional.of(QUICK), List.of(servers), 3));
    }
}
