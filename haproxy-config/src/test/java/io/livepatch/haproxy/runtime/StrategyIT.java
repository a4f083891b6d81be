package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Routes;
import io.livepatch.haproxy.model.Server;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The behaviour of each strategy. */
class StrategyIT {
    @TempDir
    static Path directory;

    private static final List<Unit> UNITS = new ArrayList<>();
    private static RunningHaproxy running;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        port = FreePorts.one();
        for (int number = 0; number < 4; number++) {
            UNITS.add(Unit.start(number));
        }
        running = RunningHaproxy.start(
                directory,
                TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1"),
                balanced(Strategy.ROUND_ROBIN, UNITS));
    }

    @AfterEach
    void forget() {
        UNITS.forEach(unit -> unit.seen.clear());
    }

    @AfterAll
    static void stop() {
        running.close();
        UNITS.forEach(Unit::close);
    }

    @Test
    void roundRobinGoesInTurn() throws Exception {
        use(Strategy.ROUND_ROBIN, UNITS);
        for (int i = 0; i < 40; i++) {
            ask("127.0.0.1", "/x");
        }
        assertThat(UNITS).allSatisfy(unit -> assertThat(unit.seen).hasSize(10));
    }

    @Test
    void roundRobinHeedsWeights() throws Exception {
        Server heavy = UNITS.getFirst().asServer();
        LoadBalancer lb = balanced(Strategy.ROUND_ROBIN, UNITS);
        List<Server> servers = new ArrayList<>(lb.backends().getFirst().servers());
        servers.set(0, new Server(heavy.name(), heavy.address(), heavy.port(), 200, 10, Server.State.READY));
        running.haproxy.apply(lb.withBackends(List.of(lb.backends().getFirst().withServers(servers))));
        for (int i = 0; i < 50; i++) {
            ask("127.0.0.1", "/x");
        }
        assertThat(UNITS.getFirst().seen).hasSize(20);
    }

    @Test
    void leastConnectionsAvoidsTheBusy() throws Exception {
        use(Strategy.LEAST_CONNECTIONS, UNITS);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> slow = new ArrayList<>();
            // One after the other: of two that come at once, haproxy's threads choose for each without knowing of the
            // other.
            for (int i = 0; i < 3; i++) {
                int busy = i;
                Awaitility.await("the others are over").until(() -> sessions() == busy);
                slow.add(threads.submit(() -> ask("127.0.0.1", "/slow")));
                Awaitility.await("one more is busy").until(() -> busy().size() == busy + 1);
            }
            List<Unit> busy = busy();
            for (int i = 0; i < 20; i++) {
                ask("127.0.0.1", "/quick");
                // haproxy counts a request until it has closed it, which may be after the client has its answer.
                Awaitility.await("the quick one is over").until(() -> sessions() == 3);
            }
            busy.forEach(unit -> unit.gate.release());
            for (Future<String> answer : slow) {
                assertThat(answer.get())
                        .isIn(busy.stream().map(unit -> unit.name).toList());
            }
            assertThat(busy).allSatisfy(unit -> assertThat(unit.seen).containsExactly("/slow"));
        }
    }

    @Test
    void ipHashKeepsAClientAtItsUnitAndSpreadsClients() throws Exception {
        use(Strategy.IP_HASH, UNITS);
        Map<String, String> first = clients();
        assertThat(clients()).isEqualTo(first);
        assertThat(first.values().stream().distinct()).hasSizeGreaterThan(2);
        use(Strategy.IP_HASH, UNITS.subList(1, 4));
        assertOnlyRequestsOfRemovedServersMoved(first, clients());
    }

    @Test
    void uriHashIgnoresTheQuery() throws Exception {
        use(Strategy.URI_HASH, UNITS);
        Map<String, String> first = paths("?expires=1&signature=a");
        assertThat(paths("?expires=2&signature=b")).isEqualTo(first);
        assertThat(first.values().stream().distinct()).hasSize(4);
        use(Strategy.URI_HASH, UNITS.subList(1, 4));
        assertOnlyRequestsOfRemovedServersMoved(first, paths(""));
    }

    @Test
    void randomUsesAllInNoFixedOrder() throws Exception {
        use(Strategy.RANDOM, UNITS);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            order.add(ask("127.0.0.1", "/x"));
        }
        assertThat(UNITS).allSatisfy(unit -> assertThat(unit.seen).hasSizeGreaterThan(4));
        assertThat(order.subList(0, 40)).isNotEqualTo(order.subList(40, 80));
    }

    private static void assertOnlyRequestsOfRemovedServersMoved(Map<String, String> before, Map<String, String> after) {
        String gone = UNITS.getFirst().name;
        before.forEach((key, unit) -> {
            if (unit.equals(gone)) {
                assertThat(after.get(key)).isNotEqualTo(gone);
            } else {
                assertThat(after.get(key)).as(key).isEqualTo(unit);
            }
        });
    }

    private static Map<String, String> clients() throws IOException {
        Map<String, String> units = new TreeMap<>();
        for (int client = 1; client <= 40; client++) {
            units.put("127.0.1." + client, ask("127.0.1." + client, "/x"));
        }
        return units;
    }

    private static Map<String, String> paths(String query) throws IOException {
        Map<String, String> units = new HashMap<>();
        for (int path = 0; path < 80; path++) {
            units.put("/v1/patches/p" + path, ask("127.0.0.1", "/v1/patches/p" + path + query));
        }
        return units;
    }

    private static List<Unit> busy() {
        return UNITS.stream().filter(unit -> !unit.seen.isEmpty()).toList();
    }

    private static int sessions() {
        return running.haproxy.runtime().servers().stream()
                .mapToInt(ServerStatus::sessions)
                .sum();
    }

    private static void use(Strategy strategy, List<Unit> units) {
        assertThat(running.haproxy.apply(balanced(strategy, units)))
                .isInstanceOfAny(ApplyResult.Reloaded.class, ApplyResult.Updated.class, ApplyResult.Unchanged.class);
        units.forEach(unit -> running.awaitCondition(unit, ServerStatus.Condition.UP));
    }

    private static LoadBalancer balanced(Strategy strategy, List<Unit> units) {
        Backend backend = Examples.units(units.stream().map(Unit::asServer).toArray(Server[]::new));
        Frontend frontend = new Frontend("in", List.of(Bind.plain("127.0.0.1", port)), Routes.every(backend.name()));
        return LoadBalancer.of("haproxy/0", new Paths(directory), frontend, backend.withStrategy(strategy));
    }

    /** Sends a request from that address on a new connection, and returns the unit's name. */
    private static String ask(String from, String path) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 200");
            return Clients.field(answer, "unit");
        }
    }
}
