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

/** What holds for four replicas in processes of their own, wherever they find each other. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ReplicasContract {
    static final String TEN = "{name: ten, count: 10, start_batch_size: 10}";
    private Herd herd;

    /** What {@link ReplicaProgram} is told. */
    abstract String place();

    private void start(String flock) throws Exception {
        herd = new Herd(4, place(), 60, flock);
        herd.startAll();
    }

    @AfterEach
    void stop() {
        herd.close();
        assertThat(herd.replies()).noneMatch(reply -> reply.contains(Herd.TOKEN));
    }

    @Test
    void aBatchOfTenOnFourReplicasHasTen() throws Exception {
        start(TEN);
        herd.awaitDivided("ten", 10, Set.of(0, 1, 2, 3));

        assertThat(List.of(herd.own(0, "ten"), herd.own(1, "ten"), herd.own(2, "ten"), herd.own(3, "ten")))
                .containsExactly(List.of(0, 4, 8), List.of(1, 5, 9), List.of(2, 6), List.of(3, 7));
        awaitTurns(0);
        await("the first batch is whole")
                .atMost(Duration.ofSeconds(30))
                .until(() -> machines(1).contains(10));
        assertThat(machines(1)).as("the second is not due").allMatch(alive -> alive <= 10);
        assertThat(herd.get(2, "/flocks/ten/summary").path("machines").asInt()).isEqualTo(10);
    }

    @Test
    void theShareOfALostOneIsDoneByTheOthersUntilItReturns() throws Exception {
        start(TEN);
        Set<Integer> all = Set.of(0, 1, 2, 3);
        herd.awaitDivided("ten", 10, all);
        Map<Integer, List<Integer>> before = shares(all);
        awaitTurns(0);
        long lostUnit = herd.get(0, "/figures").at("/figures/0/units/unit-3").asLong();
        assertThat(lostUnit).isPositive();

        herd.kill(3);

        herd.awaitDivided("ten", 10, Set.of(0, 1, 2));
        shares(Set.of(0, 1, 2))
                .forEach((index, monkeys) -> assertThat(monkeys)
                        .as("nothing but the share of the lost one has moved")
                        .containsAll(before.getOrDefault(index, List.of())));
        // What it did last, the others may learn from each other; each asks once a second.
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode figures = herd.get(1, "/figures");
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

        herd.start(3);

        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> shares(all), before::equals);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> lastOf(herd.get(3, "/figures").path("shortfalls")).has("to"));
        await("it learns of its own former life")
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        herd.get(3, "/figures").at("/figures/0/units/unit-3").asLong() >= lostUnit);
    }

    @Test
    void whicheverReplicaIsAskedAnswersForAll() throws Exception {
        start("-");
        awaitAllPresent();
        assertThat(herd.send(1, "PUT", "/flocks", "{name: small, count: 0}", true))
                .satisfies(refused -> assertThat(refused.statusCode()).isEqualTo(422))
                .satisfies(refused -> assertThat(refused.body()).contains("count: is not 1 or more"));
        HttpResponse<String> put = herd.send(2, "PUT", "/flocks", TEN.replace("ten", "loud-ten"), true);
        assertThat(put.statusCode()).isEqualTo(201);
        assertThat(put.headers().firstValue("Location")).hasValue("/flocks/loud-ten");
        herd.awaitDivided("loud-ten", 10, Set.of(0, 1, 2, 3));
        awaitTurns(3);

        assertThat(herd.get(0, "/flocks").toString()).isEqualTo("[\"loud-ten\"]");
        assertThat(herd.get(3, "/flocks/loud-ten").at("/config/count").asInt()).isEqualTo(10);
        assertThat(herd.get(0, "/flocks/loud-ten/monkeys?from=3&limit=3").toString())
                .isEqualTo("[\"loud-ten-3\",\"loud-ten-4\",\"loud-ten-5\"]");
        assertThat(herd.get(0, "/flocks/loud-ten/monkeys/loud-ten-6")
                        .path("number")
                        .asInt())
                .isEqualTo(6);
        assertThat(log(6)).containsExactly("first: monkey 6 runs on replica 2", "recovered");
        assertThat(herd.send(1, "POST", "/flocks/loud-ten/refresh", "", true).statusCode())
                .isEqualTo(202);
        await("the next iteration is like the first")
                .atMost(Duration.ofSeconds(30))
                .until(() -> Collections.frequency(log(6), "first: monkey 6 runs on replica 2") == 2);
        assertThat(herd.send(3, "POST", "/events", "{\"text\": \"a reload\"}", true)
                        .statusCode())
                .isEqualTo(201);

        assertThat(herd.send(3, "DELETE", "/flocks/loud-ten", "", true).statusCode())
                .isEqualTo(204);
        assertThat(herd.send(0, "GET", "/flocks/loud-ten", "", false).statusCode())
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
        return herd.send(0, "GET", path, "", false)
                .body()
                .lines()
                .map(line -> line.replaceFirst("^\\S+ ", ""))
                .toList();
    }

    /** What a run that is over has come to. */
    private JsonNode lasting(int index) {
        JsonNode all = herd.get(index, "/figures");
        ((ObjectNode) all).remove("replicas");
        return all;
    }

    @Test
    void allEndTogetherWithTheSameFigures() throws Exception {
        start("{name: brief, count: 10, seconds: 2}");
        Map<Integer, String> ends = new TreeMap<>();
        for (int index = 0; index < 4; index++) {
            ends.put(index, herd.child(index).line());
        }
        assertThat(ends.get(0)).matches("ended, \\d{2,} iterations");
        assertThat(ends.values()).containsOnly(ends.get(0));
        assertThat(herd.get(0, "/figures").path("shortfalls").size()).isZero();
    }

    @Test
    void whoLeavesIsReplacedAtOnceAndItsWorkIsKept() throws Exception {
        start(TEN);
        herd.awaitDivided("ten", 10, Set.of(0, 1, 2, 3));
        awaitTurns(0);

        herd.child(0).proceed();
        herd.child(0).linesUpTo("left");

        herd.awaitDivided("ten", 10, Set.of(1, 2, 3));
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode figures = herd.get(1, "/figures");
            assertThat(figures.at("/figures/0/units/unit-0").asLong()).isPositive();
            assertThat(figures.path("missing_replicas").toString()).isEqualTo("[0]");
        });
    }

    private static JsonNode lastOf(JsonNode list) {
        return list.path(list.size() - 1);
    }

    final Herd herd() {
        return herd;
    }

    final void startTen() throws Exception {
        start(TEN);
        herd.awaitDivided("ten", 10, Set.of(0, 1, 2, 3));
    }

    private void awaitAllPresent() {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> herd.running().stream()
                        .allMatch(index -> herd.get(index, "/health")
                                        .path("replicas_present")
                                        .asInt()
                                == 4));
    }

    /** How many were alive at the end of each second. */
    private List<Integer> machines(int index) {
        return herd.get(index, "/figures")
                .at("/figures/0/slots")
                .valueStream()
                .map(slot -> slot.path("machines").asInt())
                .toList();
    }

    private void awaitTurns(int index) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> herd.get(index, "/figures").at("/figures/0/units").size() == 4);
    }

    private Map<Integer, List<Integer>> shares(Set<Integer> replicas) {
        Map<Integer, List<Integer>> shares = new TreeMap<>();
        replicas.forEach(index -> shares.put(index, herd.own(index, "ten")));
        return shares;
    }
}
