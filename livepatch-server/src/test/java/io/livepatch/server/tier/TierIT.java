package io.livepatch.server.tier;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.AdminApi;
import io.livepatch.server.AdminApi.Answer;
import io.livepatch.server.TestDatabase;
import io.livepatch.storage.MemoryPatchStore;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TierIT {
    private static TestDatabase database;
    private static AdminApi api;

    @BeforeAll
    static void open() {
        database = TestDatabase.fresh();
        api = new AdminApi(database.database(), new MemoryPatchStore(), InstantSource.system(), 1 << 20).logIn();
    }

    @BeforeEach
    void reset() {
        database.reset();
    }

    @AfterAll
    static void close() {
        api.close();
        database.close();
    }

    @Test
    void tiersAreListedInOrderWithTheirContents() {
        database.insertPatch("p", "edge", "beta");

        assertThat(api.get("/tiers").text())
                .isEqualTo("{\"tiers\":[{\"name\":\"edge\",\"position\":0,\"patches\":1,\"machines\":0},"
                        + "{\"name\":\"beta\",\"position\":1,\"patches\":1,\"machines\":0},"
                        + "{\"name\":\"candidate\",\"position\":2,\"patches\":0,\"machines\":0},"
                        + "{\"name\":\"stable\",\"position\":3,\"patches\":0,\"machines\":0}]}");
    }

    @ParameterizedTest
    @CsvSource({
        "0, new edge beta candidate stable",
        "2, edge beta new candidate stable",
        "4, edge beta candidate stable new",
    })
    void tierIsAddedWhereItIsWanted(int position, String order) {
        Answer added = api.post("/tiers", "{\"name\":\"new\",\"position\":" + position + "}");

        assertThat(added.status()).isEqualTo(201);
        assertThat(added.json().path("position").asInt()).isEqualTo(position);
        assertThat(order()).isEqualTo(order);
    }

    @Test
    void tierWithoutPositionIsAddedAtTheEnd() {
        assertThat(api.post("/tiers", "{\"name\":\"slow\"}").status()).isEqualTo(201);
        assertThat(order()).isEqualTo("edge beta candidate stable slow");
        assertThat(api.post("/tiers", "{\"name\":\"slow\"}").status()).isEqualTo(409);
    }

    @ParameterizedTest
    @CsvSource({
        "edge, 3, beta candidate stable edge",
        "stable, 0, stable edge beta candidate",
        "beta, 2, edge candidate beta stable",
        "beta, 1, edge beta candidate stable",
    })
    void tierIsMovedAndTheOthersCloseUp(String tier, int position, String order) {
        Answer moved = api.call("PUT", "/tiers/" + tier + "/position", "{\"position\":" + position + "}");

        assertThat(moved.status()).isEqualTo(200);
        assertThat(order()).isEqualTo(order);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /tiers | {\"name\":\"New\"} | 400",
                "POST | /tiers | {\"name\":\"x\",\"position\":5} | 400",
                "POST | /tiers | {\"name\":\"x\",\"position\":-1} | 400",
                "POST | /tiers | {\"name\":\"x\",\"place\":1} | 400",
                "POST | /tiers | {} | 400",
                "PUT | /tiers/edge/position | {\"position\":4} | 400",
                "PUT | /tiers/edge/position | {} | 400",
                "PUT | /tiers/nowhere/position | {\"position\":0} | 404",
                "DELETE | /tiers/nowhere | '' | 404",
                "DELETE | /tiers/No%20where | '' | 400",
            })
    void badRequestsChangeNothing(String method, String path, String body, int status) {
        assertThat(api.call(method, path, body).status()).isEqualTo(status);
        assertThat(order()).isEqualTo("edge beta candidate stable");
    }

    @Test
    void removalClosesTheGapAndLeavesPatchesInOtherTiers() {
        database.insertPatch("p", "edge", "beta");

        assertThat(api.call("DELETE", "/tiers/beta", "").status()).isEqualTo(204);

        assertThat(order()).isEqualTo("edge candidate stable");
        assertThat(api.get("/tiers")
                        .json()
                        .path("tiers")
                        .path(0)
                        .path("patches")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void lastTierCannotBeRemoved() {
        for (String tier : List.of("edge", "beta", "candidate")) {
            api.call("DELETE", "/tiers/" + tier, "");
        }

        Answer refused = api.call("DELETE", "/tiers/stable", "");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.detail()).contains("the last one");
    }

    @Test
    void tierInUseCannotBeRemovedAndTheMessageNamesItsUsers() {
        api.post("/auth-token", "{\"id\":\"web\",\"tier\":\"stable\"}");
        api.post("/auth-token", "{\"id\":\"old\",\"tier\":\"stable\"}");
        api.call("DELETE", "/auth-tokens/old", "");
        assertThat(api.call("DELETE", "/tiers/stable", "").detail())
                .startsWith("tier 'stable' is in use by 0 machines and 1 auth token;");

        enrol("web");
        api.call("DELETE", "/auth-tokens/web", "");
        Answer refused = api.call("DELETE", "/tiers/stable", "");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.detail()).contains("1 machine and 1 auth token;");

        database.jdbi().useHandle(handle -> handle.execute("delete from machines"));
        assertThat(api.call("DELETE", "/tiers/stable", "").status())
                .as("revoked tokens that nobody uses are no reason to keep a tier")
                .isEqualTo(204);
    }

    @Test
    void positionsStayDenseWhenManyChangeThemAtOnce() throws InterruptedException, ExecutionException {
        List<Callable<Integer>> changes = IntStream.range(0, 30)
                .<Callable<Integer>>mapToObj(i -> () -> switch (i % 3) {
                    case 0 ->
                        api.post("/tiers", "{\"name\":\"t" + i + "\",\"position\":" + i % 4 + "}")
                                .status();
                    case 1 ->
                        api.call("PUT", "/tiers/edge/position", "{\"position\":" + i % 4 + "}")
                                .status();
                    default -> api.call("DELETE", "/tiers/t" + (i - 2), "").status();
                })
                .toList();

        // Fewer than the connections of the pool, whose timeout would be answered with 503 on a slow machine.
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            for (Future<Integer> change : clients.invokeAll(changes)) {
                assertThat(change.get()).isIn(200, 201, 204, 404);
            }
        }

        assertThat(database.value("select string_agg(position::text, ' ' order by position) from tiers"))
                .isEqualTo(String.join(
                        " ",
                        Stream.iterate(0, i -> i + 1)
                                .limit(Long.parseLong(database.value("select count(*) from tiers")))
                                .map(String::valueOf)
                                .toList()));
    }

    private void enrol(String label) {
        database.jdbi().useHandle(handle -> handle.execute("""
                insert into machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at)
                select 'm', sha256('m'), '', auth_token_id, tier_id, 'k', 'a', now() from auth_tokens where label = ?""", label));
    }

    private String order() {
        return database.value("select string_agg(name, ' ' order by position) from tiers");
    }
}
