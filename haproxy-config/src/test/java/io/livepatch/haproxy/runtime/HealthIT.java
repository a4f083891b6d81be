package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.runtime.Reload.ServerStateFile;
import io.livepatch.haproxy.runtime.ServerStatus.Condition;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Units that are not ready, drain, refuse or fail do not cause failed requests. */
class HealthIT {
    @TempDir
    Path directory;

    private final Unit calm = Unit.start(0);
    private final Unit other = Unit.start(1);
    private RunningHaproxy running;
    private HttpClient client;
    private int port;

    @BeforeEach
    void start() throws Exception {
        port = FreePorts.one();
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1");
        running =
                RunningHaproxy.start(directory, certificate, balanced(certificate, calm.asServer(), other.asServer()));
        running.awaitChecked(calm, other);
        client = Clients.keepAlive(certificate.trust(), HttpClient.Version.HTTP_1_1);
    }

    @AfterEach
    void stop() {
        client.close();
        running.close();
        calm.close();
        other.close();
    }

    @Test
    void aUnitThatIsNotReadyIsDrainedAndReturns() throws Exception {
        CompletableFuture<HttpResponse<String>> slow = slowRequest();
        Unit busy = calm.seen.isEmpty() ? other : calm;
        Unit free = busy == calm ? other : calm;
        busy.ready = false;
        running.awaitCondition(busy, Condition.DOWN);
        assertThat(running.status(busy).lastCheck()).startsWith("L7STS 503");
        assertThat(running.status(busy).sessions()).isEqualTo(1);
        assertThat(unitsOf(10)).containsOnly(free.name);
        busy.gate.release();
        assertThat(slow.get().statusCode()).isEqualTo(200);
        assertThat(Clients.field(slow.get().body(), "unit")).isEqualTo(busy.name);
        busy.ready = true;
        running.awaitCondition(busy, Condition.UP);
        assertThat(unitsOf(10)).contains(busy.name, free.name);
    }

    @Test
    void aDrainingServerGetsNoRequestsAndFinishesItsOwn() throws Exception {
        CompletableFuture<HttpResponse<String>> slow = slowRequest();
        Unit busy = calm.seen.isEmpty() ? other : calm;
        Unit free = busy == calm ? other : calm;
        running.haproxy.apply(balanced(running.certificate, busy.asServer(Server.State.DRAIN), free.asServer()));
        assertThat(running.status(busy).condition()).isEqualTo(Condition.DRAIN);
        assertThat(unitsOf(10)).containsOnly(free.name);
        busy.gate.release();
        assertThat(slow.get().statusCode()).isEqualTo(200);
        running.haproxy.apply(balanced(running.certificate, busy.asServer(), free.asServer()));
        assertThat(unitsOf(10)).contains(busy.name);
    }

    @Test
    void aStateSetAtRunTimeHoldsAtOnceAndTheFileOverrulesItAtTheNextChange() throws Exception {
        RuntimeSocket runtime = running.haproxy.runtime();
        runtime.setState(calm.ref(), Server.State.DRAIN);
        assertThat(running.status(calm).condition()).isEqualTo(Condition.DRAIN);
        assertThat(unitsOf(6)).containsOnly(other.name);
        runtime.setState(other.ref(), Server.State.MAINTENANCE);
        assertThat(RuntimeSocket.ofWorker(running.paths.adminSocket()).servers())
                .extracting(ServerStatus::condition)
                .containsExactly(Condition.DRAIN, Condition.MAINT);
        LoadBalancer next = balanced(running.certificate, calm.asServer(), other.asServer())
                .withLimits(ProxyLimits.DEFAULT.withMaxConnections(500));
        assertThat(running.haproxy.apply(next)).isInstanceOf(ApplyResult.Reloaded.class);
        assertThat(unitsOf(10)).contains(calm.name, other.name);
    }

    @Test
    void anUnknownServerIsAnError() {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() ->
                        running.haproxy.runtime().setState(new Server.Ref("livepatch", "nobody"), Server.State.DRAIN)))
                .isInstanceOf(HaproxyException.CommandRefused.class)
                .hasMessage("haproxy refused 'set server livepatch/nobody state drain': No such server.");
    }

    @Test
    void aPostThatAUnitDeclinesIsRetriedOnAnother() throws Exception {
        calm.answer = 503;
        for (int i = 0; i < 6; i++) {
            assertThat(post().statusCode()).isEqualTo(200);
        }
        assertThat(calm.seen).isNotEmpty();
        calm.answer = 200;
        other.close();
        for (int i = 0; i < 6; i++) {
            assertThat(post().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aPostThatFailedOnAUnitIsNotRetried() throws Exception {
        calm.answer = 500;
        other.answer = 500;
        assertThat(post().statusCode()).isEqualTo(500);
        assertThat(calm.seen.size() + other.seen.size()).isEqualTo(1);
    }

    @Test
    void withoutAnyUnitHaproxyAnswers503WithRetryAfter() throws Exception {
        running.haproxy.apply(balanced(running.certificate));
        HttpResponse<String> response = Clients.get(client, port, "/v1/client/m");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("retry-after")).hasValue("5");
        assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(response.body()).contains("no unit is ready");
    }

    @Test
    void aServerThatIsDownIsStillDownForTheNextWorker() throws Exception {
        other.ready = false;
        running.awaitCondition(other, Condition.DOWN);
        LoadBalancer next = balanced(running.certificate, calm.asServer(), other.asServer());
        for (int reload = 1; reload <= 5; reload++) {
            assertThat(running.haproxy.apply(next.withLimits(ProxyLimits.DEFAULT.withMaxConnections(500 + reload))))
                    .isInstanceOf(ApplyResult.Reloaded.class);
            assertThat(running.status(other).condition()).isEqualTo(Condition.DOWN);
            assertThat(unitsOf(4)).containsOnly(calm.name);
        }
        assertThat(running.paths.stateFile()).hasContent(ServerStateFile.EMPTY);
        other.ready = true;
        running.awaitCondition(other, Condition.UP);
    }

    private CompletableFuture<HttpResponse<String>> slowRequest() {
        CompletableFuture<HttpResponse<String>> slow = client.sendAsync(
                Clients.request(port, "/v1/client/m/slow").build(), HttpResponse.BodyHandlers.ofString());
        await("a unit is at work")
                .atMost(Duration.ofSeconds(10))
                .until(() -> calm.seen.size() + other.seen.size() == 1);
        return slow;
    }

    private HttpResponse<String> post() throws Exception {
        HttpRequest request = Clients.request(port, "/v1/client/m/updates")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private List<String> unitsOf(int requests) throws Exception {
        List<String> units = new java.util.ArrayList<>();
        for (int i = 0; i < requests; i++) {
            units.add(Clients.field(Clients.get(client, port, "/v1/client/m").body(), "unit"));
        }
        return units;
    }

    private LoadBalancer balanced(TestCertificate certificate, Server... servers) {
        return LoadBalancer.of(
                "haproxy/0",
                new Paths(directory),
                Examples.https(Bind.secure("127.0.0.1", port, new Tls(certificate.both()))),
                Examples.units(servers).withStrategy(Strategy.ROUND_ROBIN));
    }
}
