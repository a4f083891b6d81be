package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.render.HaproxyConfig;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes reach a running haproxy whole, or not at all, and no client notices. */
class ReloadIT {
    @TempDir
    Path directory;

    private final List<Unit> units = List.of(Unit.start(0), Unit.start(1), Unit.start(2));
    private RunningHaproxy running;
    private TestCertificate certificate;
    private LoadBalancer usual;
    private int port;

    @BeforeEach
    void start() throws Exception {
        port = FreePorts.one();
        certificate = TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1");
        usual = LoadBalancer.of(
                        "haproxy/0",
                        new Paths(directory),
                        Examples.https(Bind.secure("127.0.0.1", port, new Tls(certificate.both()))),
                        Examples.units(units.get(0).asServer(), units.get(1).asServer()))
                .withSandbox(RunningHaproxy.sandbox(directory));
        running = RunningHaproxy.start(directory, certificate, usual);
        running.awaitChecked(units.get(0), units.get(1));
    }

    @AfterEach
    void stop() {
        running.close();
        units.forEach(Unit::close);
    }

    @Test
    void applyingTheSameConfigurationChangesNothing() throws Exception {
        long worker = running.worker();
        assertThat(running.haproxy.apply(usual)).isEqualTo(new ApplyResult.Unchanged());
        Object written = Files.getLastModifiedTime(directory.resolve("haproxy.cfg"));
        assertThat(running.haproxy.apply(usual)).isEqualTo(new ApplyResult.Unchanged());
        assertThat(running.worker()).isEqualTo(worker);
        assertThat(Files.getLastModifiedTime(directory.resolve("haproxy.cfg"))).isEqualTo(written);
    }

    @Test
    void aChangedCertificateFileIsLoadedByAReload() throws Exception {
        LoadedCertificate first =
                LoadedCertificate.all(running.haproxy.runtime()).getFirst();
        assertThat(first.file()).isEqualTo(certificate.both());
        assertThat(first.notAfter()).isAfter(first.notBefore());
        assertThat(first.sha1()).matches("[0-9A-F]{40}");
        Files.copy(
                TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1").both(),
                certificate.both(),
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(running.haproxy.apply(usual)).isEqualTo(new ApplyResult.Unchanged());
        assertThat(LoadedCertificate.all(running.haproxy.runtime())).containsExactly(first);

        assertThat(running.haproxy.reload(usual)).isInstanceOf(ApplyResult.Reloaded.class);
        assertThat(LoadedCertificate.all(running.haproxy.runtime()))
                .singleElement()
                .satisfies(second -> assertThat(second.serial()).isNotEqualTo(first.serial()))
                .satisfies(second -> assertThat(second.sha1()).isNotEqualTo(first.sha1()));
        assertThat(running.haproxy.runsOtherConfiguration(usual)).isFalse();
        assertThat(running.haproxy.runsOtherConfiguration(reloading(1, units))).isTrue();
    }

    @Test
    void aReloadWithABrokenFileIsRefusedAndTheOldWorkerKeepsServing() throws Exception {
        List<LoadedCertificate> before = LoadedCertificate.all(running.haproxy.runtime());
        Files.writeString(certificate.both(), "broken");

        assertThat(running.haproxy.reload(usual)).isInstanceOf(ApplyResult.Refused.class);

        assertThat(LoadedCertificate.all(running.haproxy.runtime())).isEqualTo(before);
    }

    @Test
    void aChangeIsServedByANewWorkerAndKeptAsTheLastGoodOne() throws Exception {
        long worker = running.worker();
        LoadBalancer next = reloading(1, units);
        assertThat(running.haproxy.apply(next))
                .isInstanceOfSatisfying(
                        ApplyResult.Reloaded.class,
                        reloaded -> assertThat(reloaded.worker())
                                .isNotEqualTo(worker)
                                .isEqualTo(running.worker()));
        assertThat(running.haproxy.runtime().servers()).hasSize(3);
        assertThat(running.config()).isEqualTo(HaproxyConfig.render(next));
        assertThat(directory.resolve("haproxy.cfg.last-good")).hasContent(running.config());
    }

    @Test
    void aFileThatWasWrittenButNeverLoadedIsLoadedByTheNextApply() throws Exception {
        LoadBalancer next = reloading(1, units);
        Files.writeString(directory.resolve("haproxy.cfg"), HaproxyConfig.render(next));
        assertThat(running.haproxy.apply(next)).isInstanceOf(ApplyResult.Reloaded.class);
        assertThat(running.haproxy.runtime().servers()).hasSize(3);
    }

    @Test
    void noRequestIsLostWhileHaproxyReloadsAgainAndAgain() throws Exception {
        int reloads = Integer.getInteger("haproxy.rounds", 4);
        try (Load load = Load.on(port, certificate)) {
            for (int reload = 1; reload <= reloads; reload++) {
                load.awaitMore(200);
                assertThat(running.haproxy.apply(reloading(reload, reload % 2 == 0 ? units.subList(0, 2) : units)))
                        .isInstanceOf(ApplyResult.Reloaded.class);
            }
            load.awaitMore(200);
            assertThat(load.failures()).as("of %s requests", load.done()).isEmpty();
        }
    }

    /** A request that is on its way when its connection is closed is lost, and a client must not repeat a POST. */
    @Test
    void aConnectionThatWasIdleDuringAReloadIsStillAnswered() throws Exception {
        try (Clients.Conversation idle = Clients.Conversation.open(certificate.trust(), port)) {
            assertThat(idle.ask("/v1/api/first"))
                    .startsWith("HTTP/1.1 200")
                    .doesNotContainIgnoringCase("connection: close");

            assertThat(running.haproxy.apply(reloading(1, units))).isInstanceOf(ApplyResult.Reloaded.class);

            assertThat(idle.ask("/v1/api/second")).startsWith("HTTP/1.1 200").containsIgnoringCase("connection: close");
        }
    }

    @Test
    void aConfigurationThatHaproxyRefusesChangesNothing() throws Exception {
        long worker = running.worker();
        String before = running.config();
        Frontend broken = Examples.https(Bind.secure("127.0.0.1", port, new Tls(directory.resolve("no-such.pem"))));
        assertThat(running.haproxy.apply(usual.withFrontends(List.of(broken))))
                .isInstanceOfSatisfying(
                        ApplyResult.Refused.class,
                        refused -> assertThat(refused.problems())
                                .anySatisfy(problem -> assertThat(problem)
                                        .contains("haproxy.cfg:")
                                        .contains("no-such.pem")
                                        .contains("(the line is 'bind 127.0.0.1:" + port)));
        assertThat(running.config()).isEqualTo(before);
        assertThat(running.worker()).isEqualTo(worker);
        assertServes();
    }

    @Test
    void aPortOfAnotherProcessIsRefusedBeforeHaproxyReloads() throws Exception {
        String before = running.config();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            Bind bind = Bind.plain("127.0.0.1", taken.getLocalPort());
            assertThat(running.haproxy.apply(usual.withMetrics(bind)))
                    .isInstanceOfSatisfying(
                            ApplyResult.Refused.class,
                            refused -> assertThat(refused.problems())
                                    .singleElement()
                                    .asString()
                                    .startsWith("cannot listen on '" + bind.endpoint()
                                            + "' (Address already in use); stop"));
        }
        assertThat(running.config()).isEqualTo(before);
        assertThat(running.log()).doesNotContain("Reloading");
        assertServes();
    }

    @Test
    void aPortOfAnotherHaproxyOfThisUserIsRefused() throws Exception {
        try (ServerSocket taken = new ServerSocket()) {
            taken.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            taken.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            assertThat(running.haproxy.apply(usual.withMetrics(Bind.plain("127.0.0.1", taken.getLocalPort()))))
                    .isInstanceOf(ApplyResult.Refused.class);
        }
    }

    /** As a supervisor does while haproxy is down. */
    @Test
    void aPortThatIsKeptByASocketWithoutAListenerIsTaken() throws Exception {
        try (Socket kept = new Socket()) {
            kept.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            kept.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            Bind metrics = Bind.plain("127.0.0.1", kept.getLocalPort());

            assertThat(running.haproxy.apply(usual.withMetrics(metrics))).isInstanceOf(ApplyResult.Reloaded.class);

            assertThat(running.haproxy.listening())
                    .containsExactlyInAnyOrder(
                            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port),
                            new InetSocketAddress(metrics.inetAddress(), metrics.port()));
        }
    }

    @Test
    void moreConnectionsThanFileDescriptorsAreRefused() {
        assertThat(running.haproxy.apply(usual.withLimits(ProxyLimits.DEFAULT.withMaxConnections(900_000))))
                .isInstanceOfSatisfying(
                        ApplyResult.Refused.class,
                        refused -> assertThat(refused.problems())
                                .singleElement()
                                .asString()
                                .startsWith(
                                        "max connections of 900000 needs 1800200 file descriptors, 'ulimit -Hn' allows "));
    }

    @Test
    void aCheckedTextThatCannotBeLoadedIsRolledBack() throws Exception {
        long worker = running.worker();
        String before = running.config();
        // haproxy -c opens no socket, so it does not see that this one's place is taken by a directory.
        Paths blocked = new Paths(directory.resolve("b"));
        Files.createDirectories(blocked.adminSocket().resolve("in-the-way"));
        LoadBalancer next = new LoadBalancer(
                usual.name(),
                blocked,
                usual.limits(),
                usual.timeouts(),
                usual.sourceLimits(),
                usual.frontends(),
                usual.redirects(),
                usual.metrics(),
                usual.backends());
        assertThat(running.haproxy.apply(next))
                .isInstanceOfSatisfying(
                        ApplyResult.Refused.class,
                        refused -> assertThat(refused.problems())
                                .singleElement()
                                .asString()
                                .contains("could not start a worker with it; the [ALERT] lines in its log say why"));
        assertThat(running.config()).isEqualTo(before);
        assertThat(running.worker()).isEqualTo(worker);
        assertServes();
        assertThat(running.haproxy.apply(reloading(1, units))).isInstanceOf(ApplyResult.Reloaded.class);
        assertServes();
    }

    @Test
    void withoutAProcessTheFileIsWrittenForTheNextStart() throws Exception {
        running.close();
        await("haproxy is gone").atMost(Duration.ofSeconds(10)).until(() -> !running.haproxy.running());
        LoadBalancer next = with(units);
        assertThat(running.haproxy.apply(next)).isEqualTo(new ApplyResult.Written());
        assertThat(running.haproxy.apply(next)).isEqualTo(new ApplyResult.Unchanged());
        assertThat(running.config()).isEqualTo(HaproxyConfig.render(next));
    }

    @Test
    void theSocketsAreForTheOwnerOnly() throws Exception {
        for (Path socket : List.of(directory.resolve("admin.sock"), directory.resolve("master.sock"))) {
            assertThat(java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
        }
    }

    private LoadBalancer with(List<Unit> these) {
        return usual.withBackends(
                List.of(Examples.units(these.stream().map(Unit::asServer).toArray(Server[]::new))));
    }

    /** A change that is more than a matter of servers. */
    private LoadBalancer reloading(int number, List<Unit> these) {
        return with(these).withLimits(ProxyLimits.DEFAULT.withMaxConnections(500 + number));
    }

    private void assertServes() throws Exception {
        try (HttpClient client = Clients.keepAlive(certificate.trust(), HttpClient.Version.HTTP_2)) {
            assertThat(Clients.get(client, port, "/v1/client/m").statusCode()).isEqualTo(200);
        }
    }
}
