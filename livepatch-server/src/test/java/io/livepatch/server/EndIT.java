package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.config.Dsn;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM: the server is not ready at once, continues to serve, then exits with code 0; its output has no secrets. */
final class EndIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final int CLIENTS = 8;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path work;

    /** A load balancer sees readiness go and leaves; until then, and while it leaves, every request is served. */
    @Test
    void noRequestFailsWhileTheLoadBalancerLeaves() throws Exception {
        byte[] bytes = PatchFiles.bytes(PATCH, 1);
        try (TestDatabase database = TestDatabase.fresh()) {
            Map<String, String> environment = ServerProcess.environment(database.dsn(), work.resolve("store"));
            environment.put("LP_SERVER_DRAIN", "5s");
            try (ServerProcess server = ServerProcess.ready(environment)) {
                Api api = server.api();
                String session = api.logIn();
                api.upload(session, PATCH, Sha256.of(bytes), BodyPublishers.ofByteArray(bytes));
                String authToken = api.authToken(session, "load", "edge");
                AtomicInteger answered = new AtomicInteger();
                AtomicBoolean unready = new AtomicBoolean();
                List<Future<?>> loads = new ArrayList<>();
                try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                    for (int i = 0; i < CLIENTS; i++) {
                        String machine = "machine-" + i;
                        String token = api.enrol(machine, authToken);
                        loads.add(clients.submit(() -> load(server.api(), machine, token, answered, unready)));
                    }
                    await("load").atMost(PATIENCE).until(() -> answered.get() > 100);
                    server.terminate();
                    await("unready at once").atMost(PATIENCE).until(() -> api.readyStatus() == 503);
                    unready.set(true);
                }
                for (Future<?> load : loads) {
                    load.get();
                }

                assertThat(server.exitCode()).as(server.output()).isZero();
                assertThat(server.output()).contains("stop requested", "ended").doesNotContain("\tat ");
            }
        }
    }

    /** Checks in and fetches until the unit is seen to leave, and a few times more. */
    private static void load(Api api, String machine, String token, AtomicInteger answered, AtomicBoolean unready) {
        for (int last = 0; last < 5; last += unready.get() ? 1 : 0) {
            Api.Answer checkIn = api.checkIn(machine, token, 1);
            assertThat(checkIn.status()).as(checkIn.text()).isEqualTo(200);
            Api.Answer fetch = api.get("/v1/patches/" + PATCH, token);
            assertThat(fetch.status()).as(fetch.text()).isEqualTo(200);
            answered.incrementAndGet();
        }
    }

    /** A database that accepts the connection and never answers must not block the start for ever. */
    @Test
    void aUnitThatStillStartsEndsAtOnce() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Dsn dsn = Dsn.parse("postgres://nobody:nothing@127.0.0.1:" + mute.getLocalPort() + "/none");
            try (ServerProcess server = ServerProcess.start(ServerProcess.environment(dsn, work.resolve("store")));
                    Socket _ = mute.accept()) {
                server.terminate();

                assertThat(server.exitCode()).as(server.output()).isZero();
            }
        }
    }

    /** A unit that was never ready got no requests, so load balancers need no time to learn that it leaves. */
    @Test
    void aUnitThatWasNeverReadyDoesNotDrain() {
        Dsn dsn = Dsn.parse("postgres://nobody:nothing@127.0.0.1:1/none");
        Map<String, String> environment = ServerProcess.environment(dsn, work.resolve("store"));
        environment.put("LP_SERVER_DRAIN", "10m");
        try (ServerProcess server = ServerProcess.start(environment)) {
            await("it serves").atMost(PATIENCE).until(() -> server.api().readyStatus() == 503);
            server.terminate();

            assertThat(server.exitCode()).as(server.output()).isZero();
        }
    }

    @Test
    void nothingSecretIsEverPrinted() {
        byte[] bytes = PatchFiles.bytes(PATCH, 1);
        try (TestDatabase database = TestDatabase.fresh();
                ServerProcess server =
                        ServerProcess.ready(ServerProcess.environment(database.dsn(), work.resolve("store")))) {
            Api api = server.api();
            String session = api.logIn();
            api.upload(session, PATCH, Sha256.of(bytes), BodyPublishers.ofByteArray(bytes));
            String authToken = api.authToken(session, "one", "edge");
            String token = api.enrol("one", authToken);
            String url = api.checkIn("one", token, 1).json().path("url").asString();
            api.get(url, "");
            String wrong = "00000000-0000-4000-8000-00000000dead";
            api.enrol("two", wrong);
            api.get(url + "x", "");
            api.post("/v1/admin/login", "Basic " + "YW5uOndyb25ncGFzc3dvcmQ=", "");
            String metrics = api.get("/metrics", "").text();
            String status = api.get("/debug/status", "").text();
            server.terminate();
            server.exitCode();

            for (String shown : List.of(server.output(), metrics, status)) {
                assertThat(shown)
                        .doesNotContain(session, authToken, token, wrong, ServerProcess.PASSWORD, "wrongpassword")
                        .doesNotContain(url.substring(url.indexOf("signature=")))
                        .doesNotContain(database.dsn().password().reveal());
            }
        }
    }
}
