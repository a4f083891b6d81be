package io.livepatch.fleet.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The contract of four replicas in separate processes, for any membership. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ReplicasContract {
    static final String TEN = "{name: ten, count: 10, start_batch_size: 10}";
    private ReplicaCluster cluster;

    /** The arguments of {@link ReplicaProgram}. */
    abstract String place();

    private void start(String flock) throws Exception {
        cluster = new ReplicaCluster(4, place(), 60, flock);
        cluster.startAll();
    }

    @AfterEach
    void stop() {
        cluster.close();
        assertThat(cluster.replies()).noneMatch(reply -> reply.contains(ReplicaCluster.TOKEN));
    }

    @Test
    void aBatchOfTenOnFourReplicasHasTen() throws Exception {
        start(TEN);
        cluster.awaitDivided("ten", 10, Set.of(0, 1, 2, 3));

        assertThat(List.of(cluster.own(0, "ten"), cluster.own(1, "ten"), cluster.own(2, "ten"), cluster.own(3, "ten")))
                .containsExactly(List.of(0, 4, 8), List.of(1, 5, 9), List.of(2, 6), List.of(3, 7));
        awaitTurns(0);
        await("the first batch is whole")
                .atMost(Duration.ofSeconds(30))
                .until(() -> machines(1).contains(10));
        assertThat(machines(1)).as("the second is not due").allMatch(alive -> alive <= 10);
        assertThat(cluster.get(2, "/flocks/ten/summary").path("machines").asInt())
                .isEqualTo(10);
    }

    @Test
    void otherReplicasTakeOverTheShareOfALostOneUntilItReturns() throws Exception {
        start(TEN);
        Set<Integer> all = Set.of(0, 1, 2, 3);
        cluster.awaitDivided("ten", 10, all);
        Map<Integer, List<Integer>> before = shares(all);
        awaitTurns(0);
        long lostUnit = cluster.get(0, "/figures").at("/figures/0/units/unit-3").asLong();
        assertThat(lostUnit).isPositive();

        cluster.kill(3);

        cluster.awaitDivided("ten", 10, Set.of(0, 1, 2));
        shares(Set.of(0, 1, 2))
                .forEach((index, monkeys) -> assertThat(monkeys)
                        .as("nothing but the share of the lost one has moved")
                        .containsAll(before.getOrDefault(index, List.of())));
        // The others exchange its last results by gossip, once a second.
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode figures = cluster.get(1, "/figures");
            assertThat(figures.at("/figures/0/units/unit-3").asLong())
                    .as("what the lost one had done is still counted")
                    .isGreaterThanOrEqualTo(lostUnit);
            assertThat(figures.at("/figures/0/generator/machines").asInt()).isEqualTo(10);
            assertThat(figures.path("missing_replicas").toString()).isEqualTo("[3]");
            assertThat(lastOf(figures.path("shortfalls")).path("replica").asInt(-1))
                    .isEqualTo(3);
            assertThat(lastOf(figures.path("shortfalls")).has("to")).isFalse();
            assertThat(figures.path("below_target_seconds").asDouble()).isPositive();
        });

        cluster.start(3);

        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> shares(all), before::equals);
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        lastOf(cluster.get(3, "/figures").path("shortfalls")).has("to"));
        await("it learns of its own former life")
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        cluster.get(3, "/figures").at("/figures/0/units/unit-3").asLong() >= lostUnit);
    }

    @Test
    void everyReplicaAnswersForAll() throws Exception {
        start("-");
        awaitAllPresent();
        assertThat(cluster.send(1, "PUT", "/flocks", "{name: small, count: 0}", true))
                .satisfies(refused -> assertThat(refused.statusCode()).isEqualTo(422))
                .satisfies(refused -> assertThat(refused.body()).contains("count: is not 1 or more"));
        HttpResponse<String> put = cluster.send(2, "PUT", "/flocks", TEN.replace("ten", "loud-ten"), true);
        assertThat(put.statusCode()).isEqualTo(201);
        assertThat(put.headers().firstValue("Location")).hasValue("/flocks/loud-ten");
        cluster.awaitDivided("loud-ten", 10, Set.of(0, 1, 2, 3));
        awaitTurns(3);

        assertThat(cluster.get(0, "/flocks").toString()).isEqualTo("[\"loud-ten\"]");
        assertThat(cluster.get(3, "/flocks/loud-ten").at("/config/count").asInt())
                .isEqualTo(10);
        assertThat(cluster.get(0, "/flocks/loud-ten/monkeys?from=3&limit=3").toString())
                .isEqualTo("[\"loud-ten-3\",\"loud-ten-4\",\"loud-ten-5\"]");
        assertThat(cluster.get(0, "/flocks/loud-ten/monkeys/loud-ten-6")
                        .path("number")
                        .asInt())
                .isEqualTo(6);
        assertThat(log(6)).containsExactly("first: monkey 6 runs on replica 2", "recovered");
        assertThat(cluster.send(1, "POST", "/flocks/loud-ten/refresh", "", true).statusCode())
                .isEqualTo(202);
        await("the next iteration is like the first")
                .atMost(Duration.ofSeconds(30))
                .until(() -> Collections.frequency(log(6), "first: monkey 6 runs on replica 2") == 2);
        assertThat(cluster.send(3, "POST", "/events", "{\"text\": \"a reload\"}", true)
                        .statusCode())
                .isEqualTo(201);

        assertThat(cluster.send(3, "DELETE", "/flocks/loud-ten", "", true).statusCode())
                .isEqualTo(204);
        assertThat(cluster.send(0, "GET", "/flocks/loud-ten", "", false).statusCode())
                .isEqualTo(404);
        await("what was under way has ended").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode first = lasting(0);
            for (int index = 1; index < 4; index++) {
                assertThat(lasting(index)).as("replica " + index).isEqualTo(first);
            }
            assertThat(first.at("/events/0/text").asString()).isEqualTo("a reload");
        });
    }

    /** Without its moments. */
    private List<String> log(int monkey) {
        String path = "/flocks/loud-ten/monkeys/%d/log".formatted(monkey);
        return cluster.send(0, "GET", path, "", false)
                .body()
                .lines()
                .map(line -> line.replaceFirst("^\\S+ ", ""))
                .toList();
    }

    /** The final state of a run. */
    private JsonNode lasting(int index) {
        JsonNode all = cluster.get(index, "/figures");
        ((ObjectNode) all).remove("replicas");
        return all;
    }

    @Test
    void allEndTogetherWithTheSameFigures() throws Exception {
        start("{name: brief, count: 10, seconds: 2}");
        Map<Integer, String> ends = new TreeMap<>();
        for (int index = 0; index < 4; index++) {
            ends.put(index, cluster.child(index).line());
        }
        assertThat(ends.get(0)).matches("ended, \\d{2,} iterations");
        assertThat(ends.values()).containsOnly(ends.get(0));
        assertThat(cluster.get(0, "/figures").path("shortfalls").size()).isZero();
    }

    @Test
    void leavingReplicaIsReplacedAtOnceAndItsStatsAreKept() throws Exception {
        start(TEN);
        cluster.awaitDivided("ten", 10, Set.of(0, 1, 2, 3));
        awaitTurns(0);

        cluster.child(0).proceed();
        cluster.child(0).linesUpTo("left");

        cluster.awaitDivided("ten", 10, Set.of(1, 2, 3));
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode figures = cluster.get(1, "/figures");
            assertThat(figures.at("/figures/0/units/unit-0").asLong()).isPositive();
            assertThat(figures.path("missing_replicas").toString()).isEqualTo("[0]");
        });
    }

    private static JsonNode lastOf(JsonNode list) {
        return list.path(list.size() - 1);
    }

    final ReplicaCluster cluster() {
        return cluster;
    }

    final void startTen() throws Exception {
        start(TEN);
        cluster.awaitDivided("ten", 10, Set.of(0, 1, 2, 3));
    }

    private void awaitAllPresent() {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> cluster.running().stream()
                        .allMatch(index -> cluster.get(index, "/health")
                                        .path("replicas_present")
                                        .asInt()
                                == 4));
    }

    /** How many were alive at the end of each second. */
    private List<Integer> machines(int index) {
        return cluster.get(index, "/figures")
                .at("/figures/0/slots")
                .valueStream()
                .map(slot -> slot.path("machines").asInt())
                .toList();
    }

    private void awaitTurns(int index) {
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        cluster.get(index, "/figures").at("/figures/0/units").size() == 4);
    }

    private Map<Integer, List<Integer>> shares(Set<Integer> replicas) {
        Map<Integer, List<Integer>> shares = new TreeMap<>();
        replicas.forEach(index -> shares.put(index, cluster.own(index, "ten")));
        return shares;
    }
}
