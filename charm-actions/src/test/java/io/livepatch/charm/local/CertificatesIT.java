package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm.ActionCall;
import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.haproxy.HaproxyCharm;
import io.livepatch.charm.livepatch.LivepatchCharm;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.model.PendingWrites;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.service.SupervisorServices;
import io.livepatch.charm.testing.CertificatePair;
import io.livepatch.charm.testing.ShownCertificate;
import io.livepatch.charm.testing.TestSupervisor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of a real haproxy, read by TLS handshakes, with an adjustable clock. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CertificatesIT {
    private static final UnitName UNIT = new UnitName("haproxy", 0);
    private static final String ADDRESS = "127.0.25.1";
    private static final int PORT = 8443;
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final TestSupervisor supervisor = new TestSupervisor();
    private final SupervisorServices services = new SupervisorServices(UNIT.fileName(), supervisor.client(), _ -> {});
    private final UnitStatusRegistry statuses = new UnitStatusRegistry(InstantSource.system());
    private volatile Duration ahead = Duration.ZERO;
    private final InstantSource clock = () -> Instant.now().plus(ahead);
    private final HaproxyCharm charm = new HaproxyCharm(clock);
    private HttpServer server;
    private ModelStore store;

    @BeforeEach
    void deploy() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.25.2", 0), 64);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        store = ModelStore.open(directory.resolve("model.json"), "127.0.25");
        change(new ModelChange.Deploy("haproxy", "haproxy", 1, Map.of("trusted-cidrs", "127.0.0.0/8")));
        change(new ModelChange.Deploy("livepatch", "livepatch", 1, Map.of()));
        change(new ModelChange.Integrate("haproxy", "livepatch"));
        store.update(model -> {
            PendingWrites writes = new PendingWrites(model, new UnitName("livepatch", 0));
            writes.publish(
                    model.relations().lastKey(),
                    "livepatch/0",
                    Map.of(
                            "hostname",
                            "127.0.25.2",
                            "port",
                            String.valueOf(server.getAddress().getPort())));
            return writes.applyTo(model);
        });
        awaitReady();
    }

    @AfterEach
    void stop() {
        services.stopAll();
        supervisor.close();
        store.close();
        server.stop(0);
    }

    private void change(ModelChange change) {
        store.update(model -> change.applyTo(
                model,
                Map.of(
                        "haproxy",
                        charm.metadata(),
                        "livepatch",
                        new LivepatchCharm(InstantSource.system()).metadata())));
    }

    /** Sets options without the charm's checks, as another substrate may. */
    private void configureWithoutARule(Map<String, String> options) {
        store.update(model -> new ModelChange.Configure("haproxy", options, List.of())
                .applyTo(model, Map.of("haproxy", CharmMetadata.read("haproxy"))));
    }

    private LocalUnit unit() {
        Model model = store.model();
        CharmConfig config = charm.metadata()
                .effective(model.application("haproxy").orElseThrow().config());
        return new LocalUnit(
                model,
                UnitSnapshot.of(model, UNIT),
                config,
                new LocalUnit.Place(directory, directory, services),
                statuses,
                new ControllerMetrics(() -> ""),
                _ -> {});
    }

    private UnitStatus reconcile() {
        LocalUnit unit = unit();
        UnitStatus status = charm.reconcile(unit).status();
        store.update(unit.writes()::applyTo);
        return status;
    }

    private void awaitReady() {
        await("the unit is active").atMost(SOON).until(() -> reconcile().kind() == UnitStatus.Kind.ACTIVE);
    }

    private static X509Certificate served() {
        return ShownCertificate.chain(ADDRESS, PORT).getFirst();
    }

    private Map<String, String> getCertificate() {
        ActionAnswer answer = charm.actions().get("get-certificate").run(unit(), new ActionCall(Map.of(), Map.of()));
        return ((ActionResult) answer).results();
    }

    /** That haproxy.cfg names. */
    private Path configuredFile() throws IOException {
        return Path.of(Files.readString(directory.resolve("haproxy.cfg")).replaceAll("(?s).* crt (\\S+).*", "$1"));
    }

    @Test
    void aCertificateNearItsEndIsReplacedAndServedWithoutAFailedRequest() {
        X509Certificate first = served();
        ahead = Duration.between(Instant.now(), first.getNotAfter().toInstant()).minus(Duration.ofDays(20));

        try (ShownCertificate.Load load = ShownCertificate.Load.on(ADDRESS, PORT)) {
            await().atMost(SOON).until(() -> load.done() > 20);
            assertThat(reconcile()).isEqualTo(UnitStatus.active("Unit is ready"));

            assertThat(served().getNotAfter().toInstant())
                    .isAfter(clock.instant().plus(Duration.ofDays(390)));
            int before = load.done();
            await().atMost(SOON).until(() -> load.done() > before + 20);
            assertThat(load.failures()).isEmpty();
        }
        assertThat(getCertificate())
                .containsEntry("not-after", served().getNotAfter().toInstant().toString())
                .containsKeys("ca-not-after", "serial", "sha256");
    }

    private Map<String, String> authority() {
        return unit().secrets().find("certificate-authority").orElseThrow().content();
    }

    private void replaceAuthority(Map<String, String> content) {
        LocalUnit unit = unit();
        unit.secrets().put("certificate-authority", content);
        store.update(unit.writes()::applyTo);
    }

    /** An earlier version wrote the authority's key to a file while it signed, and may have been killed then. */
    @Test
    void aKeyThatAnEarlierVersionLeftBehindIsDeleted() throws IOException {
        Path work = Files.createDirectory(directory.resolve("tls/work"));
        Files.writeString(work.resolve("ca.key"), authority().getOrDefault("key", ""));
        ahead = Duration.ofDays(400);

        assertThat(reconcile()).isEqualTo(UnitStatus.active("Unit is ready"));
        assertThat(work).doesNotExist();
        assertThat(directory.resolve("tls"))
                .isDirectoryNotContaining(file -> !file.getFileName().toString().matches("site-.*[.]pem"));
    }

    @Test
    void aFailedRenewalIsReportedAndRetriedWithoutBlockingOtherChanges() throws IOException {
        X509Certificate first = served();
        ahead = Duration.between(Instant.now(), first.getNotAfter().toInstant()).minus(Duration.ofDays(20));
        Map<String, String> authority = authority();
        replaceAuthority(Map.of("certificate", authority.getOrDefault("certificate", ""), "key", "damaged"));
        change(new ModelChange.Configure("haproxy", Map.of("timeout-client", "41"), List.of()));

        assertThatThrownBy(this::reconcile)
                .isInstanceOf(CharmException.class)
                .hasMessageContaining("could not be renewed; the charm retries");
        assertThat(Files.readString(directory.resolve("haproxy.cfg"))).contains("timeout client 41s");
        assertThat(served()).isEqualTo(first);
        assertThat(getCertificate())
                .hasEntrySatisfying("warning", it -> assertThat(it).contains("has not been renewed"));

        replaceAuthority(authority);
        assertThat(reconcile()).isEqualTo(UnitStatus.active("Unit is ready"));
        assertThat(served()).isNotEqualTo(first);
    }

    @Test
    void aCertificateThatHasExpiredIsReplaced() {
        ahead = Duration.ofDays(400);

        assertThat(reconcile()).isEqualTo(UnitStatus.active("Unit is ready"));
        assertThat(served().getNotAfter().toInstant()).isAfter(clock.instant());
        assertThat(served().getNotBefore().toInstant()).isBefore(clock.instant());
    }

    @Test
    void aCertificateNeverOutlivesItsAuthority() {
        ahead = Duration.ofDays(3650 - 366);
        assertThat(reconcile()).isEqualTo(UnitStatus.active("Unit is ready"));
        assertThat(served().getNotAfter().toInstant())
                .isAfter(clock.instant())
                .isEqualTo(Instant.parse(getCertificate().getOrDefault("ca-not-after", "")));
        X509Certificate last = served();

        // Nothing was planned in the last year: the authority was not replaced in time.
        ahead = Duration.ofDays(3651);
        assertThat(reconcile())
                .satisfies(it -> assertThat(it.kind()).isEqualTo(UnitStatus.Kind.BLOCKED))
                .satisfies(it -> assertThat(it.message())
                        .contains("the certificate authority has expired on ")
                        .contains("rotate-certificate-authority"));
        assertThat(served()).isEqualTo(last);
        changesAreApplied(Duration.ofDays(3651));
        assertThat(served()).isEqualTo(last);

        assertThat(rotate("")).hasEntrySatisfying("phase", it -> assertThat(it).contains("no machine has yet"));
        assertThat(reconcile().message()).doesNotContain("expired");
        assertThat(served()).isNotEqualTo(last);
        assertThat(served().getNotAfter().toInstant()).isAfter(clock.instant().plus(Duration.ofDays(390)));
    }

    private Map<String, String> rotate(String changeOver) {
        LocalUnit unit = unit();
        ActionAnswer answer = charm.actions()
                .get("rotate-certificate-authority")
                .run(unit, new ActionCall(Map.of("change-over", changeOver), Map.of()));
        store.update(unit.writes()::applyTo);
        return ((ActionResult) answer).results();
    }

    /** The certificates that haproxy answers at {@code /v1/ca-certs}. */
    private static List<X509Certificate> published() {
        return new CertificatePair(ShownCertificate.get(ADDRESS, PORT, "/v1/ca-certs"), "").certificates();
    }

    private List<X509Certificate> publishedToTheRelation() {
        LocalUnit unit = unit();
        return new CertificatePair(
                        unit.relations("reverseproxy")
                                .getFirst()
                                .applicationBag()
                                .getOrDefault("ca", ""),
                        "")
                .certificates();
    }

    private static boolean signed(X509Certificate leaf, X509Certificate authority) {
        try {
            leaf.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    @Test
    void anAuthorityNearItsEndIsReplacedInPhasesWithoutAFailedRequest() {
        X509Certificate first = published().getFirst();
        assertThat(published()).hasSize(1);
        assertThat(signed(served(), first)).isTrue();

        try (ShownCertificate.Load load = ShownCertificate.Load.on(ADDRESS, PORT)) {
            ahead = Duration.ofDays(3650 - 364);
            assertThat(reconcile().message())
                    .startsWith("Unit is ready; a new certificate authority is published: machines that have not");
            assertThat(published()).hasSize(2).first().isEqualTo(first);
            X509Certificate second = published().getLast();
            assertThat(publishedToTheRelation()).isEqualTo(published());
            assertThat(new CertificatePair(getCertificate().get("ca"), "").certificates())
                    .isEqualTo(published());
            assertThat(signed(served(), first)).isTrue();
            assertThat(Instant.parse(getCertificate().getOrDefault("change-over", "")))
                    .isEqualTo(first.getNotAfter().toInstant().minus(Duration.ofDays(180)));
            assertThat(reconcile().message()).as("only once").contains("is published");
            assertThat(published()).containsExactly(first, second);

            ahead = Duration.ofDays(3650 - 179);
            assertThat(reconcile().message()).startsWith("Unit is ready; the certificate authority was replaced on ");
            assertThat(signed(served(), second)).isTrue();
            assertThat(published()).containsExactly(first, second);
            assertThat(getCertificate().get("ca-not-after"))
                    .isEqualTo(second.getNotAfter().toInstant().toString());

            ahead = Duration.ofDays(3650);
            assertThat(reconcile()).isEqualTo(UnitStatus.active("Unit is ready"));
            assertThat(published()).containsExactly(second);
            assertThat(publishedToTheRelation()).containsExactly(second);
            assertThat(signed(served(), second)).isTrue();
            assertThat(authority()).containsOnlyKeys("certificate", "key");
            int before = load.done();
            await().atMost(SOON).until(() -> load.done() > before + 20);
            assertThat(load.failures()).isEmpty();
        }
    }

    @Test
    void theOperatorReplacesAnAuthorityEarlyAndCanGoBack() {
        X509Certificate first = published().getFirst();
        assertThatThrownBy(() -> rotate("now")).hasMessageContaining("no machine knows the next certificate authority");
        assertThatThrownBy(() -> rotate("tomorrow")).hasMessageContaining("is neither 'now' nor a date from ");
        assertThatThrownBy(() -> rotate("2020-01-01")).hasMessageContaining("is neither 'now' nor a date from ");

        Map<String, String> begun = rotate("");
        assertThat(Instant.parse(begun.getOrDefault("change-over", "")))
                .isBetween(
                        clock.instant().plus(Duration.ofDays(29)),
                        clock.instant().plus(Duration.ofDays(30)));
        assertThat(rotate("")).as("repeated").isEqualTo(begun);
        assertThat(reconcile().message()).contains("a new certificate authority is published");
        X509Certificate second = published().getLast();
        assertThat(published()).containsExactly(first, second);
        assertThat(signed(served(), first)).isTrue();

        rotate("now");
        assertThat(reconcile().message()).contains("the certificate authority was replaced on");
        assertThat(signed(served(), second)).isTrue();
        assertThat(published()).containsExactly(first, second);

        rotate(LocalDate.now(ZoneOffset.UTC).plusDays(60).toString());
        assertThat(reconcile().message()).contains("a new certificate authority is published");
        assertThat(signed(served(), first)).isTrue();
        assertThat(published()).containsExactly(first, second);
    }

    @Test
    void theOperatorsAuthoritiesArePublishedToo() {
        CertificatePair other = CertificatePair.make(
                directory, "other", "EC", List.of("-addext", "basicConstraints=critical,CA:TRUE", "-days", "30"));
        X509Certificate own = published().getFirst();

        change(new ModelChange.Configure("haproxy", Map.of("ca-certs", other.certificate()), List.of()));
        reconcile();
        assertThat(published()).containsExactly(own, other.leaf());

        CertificatePair pair = CertificatePair.selfSigned(directory, "pair", Duration.ofDays(90));
        change(new ModelChange.Configure(
                "haproxy", Map.of("ssl-cert", pair.certificate(), "ssl-key", pair.key()), List.of()));
        reconcile();
        assertThat(published()).containsExactly(other.leaf());
        assertThatThrownBy(() -> rotate("")).hasMessageContaining("ssl-cert is set");

        ahead = Duration.ofDays(31);
        reconcile();
        assertThat(ShownCertificate.get(ADDRESS, PORT, "/v1/ca-certs")).contains("404");
        assertThat(publishedToTheRelation()).isEmpty();
    }

    /** New options and servers that go reach haproxy although clients refuse its certificate. */
    private void changesAreApplied(Duration ahead) {
        this.ahead = ahead;
        change(new ModelChange.Configure("haproxy", Map.of("timeout-client", "43"), List.of()));
        store.update(model -> {
            PendingWrites writes = new PendingWrites(model, new UnitName("livepatch", 0));
            writes.publish(model.relations().lastKey(), "livepatch/0", Map.of("hostname", "", "port", ""));
            return writes.applyTo(model);
        });
        assertThat(reconcile().kind()).isEqualTo(UnitStatus.Kind.BLOCKED);
        assertThat(directory.resolve("haproxy.cfg"))
                .content()
                .contains("timeout client 43s")
                .doesNotContain("127.0.25.2");
    }

    @Test
    void anOverwrittenFileIsDetected() throws IOException {
        CertificatePair other = CertificatePair.selfSigned(directory, "overwritten", Duration.ofDays(30));
        Files.writeString(configuredFile(), other.pem());

        reconcile();

        String served = Files.readString(configuredFile());
        assertThat(served()).isNotEqualTo(other.leaf()).isEqualTo(new CertificatePair(served, "").leaf());
        assertThat(served).isNotEqualTo(other.pem());

        Files.write(configuredFile(), new byte[] {-1, -2, 0});
        reconcile();
        assertThat(served()).isEqualTo(new CertificatePair(Files.readString(configuredFile()), "").leaf());
    }

    @Test
    void aManuallyLoadedCertificateIsReplacedByTheDesiredOne() throws Exception {
        X509Certificate wanted = served();
        String text = Files.readString(configuredFile());
        Files.writeString(
                configuredFile(),
                CertificatePair.selfSigned(directory, "by-hand", Duration.ofDays(30))
                        .pem());
        reload();
        Files.writeString(configuredFile(), text);
        assertThat(served()).isNotEqualTo(wanted);
        await("the new master answers")
                .atMost(SOON)
                .until(() -> getCertificate().containsKey("wanted-sha256"));
        assertThat(getCertificate())
                .containsEntry("not-after", served().getNotAfter().toInstant().toString())
                .containsKeys("ca", "sha1", "wanted-sha256", "note")
                .doesNotContainKey("certificate");

        assertThat(reconcile()).isEqualTo(UnitStatus.active("Unit is ready"));

        assertThat(served()).isEqualTo(wanted);
    }

    private void reload() {
        X509Certificate before = served();
        try {
            new ProcessBuilder(
                            "kill",
                            "-USR2",
                            String.valueOf(services.workers()
                                    .get("haproxy")
                                    .getFirst()
                                    .pid()
                                    .orElseThrow()))
                    .start();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        await("haproxy shows another certificate")
                .ignoreExceptions()
                .atMost(SOON)
                .until(() -> !served().equals(before));
    }

    @Test
    void whileABadPairIsConfiguredTheServedCertificateIsReported() {
        CertificatePair one = CertificatePair.selfSigned(directory, "one", Duration.ofDays(30));
        CertificatePair other = CertificatePair.selfSigned(directory, "other", Duration.ofDays(30));
        configureWithoutARule(Map.of("ssl-cert", one.certificate(), "ssl-key", other.key()));

        assertThat(reconcile().message()).contains("ssl-key is not the key of ssl-cert");
        assertThat(getCertificate())
                .containsEntry("not-after", served().getNotAfter().toInstant().toString())
                .hasEntrySatisfying("refused", it -> assertThat(it).contains("ssl-key is not the key of ssl-cert"))
                .hasEntrySatisfying("certificate", it -> assertThat(it).contains("BEGIN CERTIFICATE"));
    }

    @Test
    void theOperatorsPairIsServedAndAnotherOneTakesItsPlace() {
        CertificatePair one = CertificatePair.selfSigned(directory, "one", Duration.ofDays(90));
        change(new ModelChange.Configure(
                "haproxy", Map.of("ssl-cert", one.certificate(), "ssl-key", one.key()), List.of()));
        assertThat(reconcile().message()).startsWith("Unit is ready");
        assertThat(served()).isEqualTo(one.leaf());

        ahead = Duration.ofDays(85);
        assertThat(reconcile().message()).contains("the certificate ends on ");

        changesAreApplied(Duration.ofDays(91));
        assertThat(reconcile().message()).contains("ssl-cert has expired on ").doesNotContain("; ");
        assertThat(getCertificate())
                .hasEntrySatisfying("warning", it -> assertThat(it).contains("ssl-cert has expired on "))
                .doesNotContainKey("refused");
        assertThat(served()).isEqualTo(one.leaf());

        CertificatePair next = CertificatePair.selfSigned(directory, "next", Duration.ofDays(180));
        change(new ModelChange.Configure(
                "haproxy", Map.of("ssl-cert", next.certificate(), "ssl-key", next.key()), List.of()));
        assertThat(reconcile().message()).doesNotContain("ends on");
        assertThat(served()).isEqualTo(next.leaf());
    }
}
