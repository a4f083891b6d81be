package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Server;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.Requires;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A haproxy whose workers run as another user in an empty directory works as one without. */
@Requires(Requires.Root.class)
class SandboxIT {
    @TempDir
    Path directory;

    private final List<Unit> units = List.of(Unit.start(0), Unit.start(1));
    private final int port = FreePorts.one();
    private final int metrics = FreePorts.one();
    private TestCertificate certificate;
    private LoadBalancer privileged;
    private LoadBalancer confined;
    private Path empty;

    @BeforeEach
    void prepare() throws Exception {
        certificate = TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1");
        privileged = LoadBalancer.of(
                        "haproxy/0",
                        new Paths(directory.resolve("run")),
                        Examples.https(Bind.secure("127.0.0.1", port, new Tls(certificate.both()))),
                        Examples.units(units.get(0).asServer()))
                .withMetrics(Bind.plain("127.0.0.1", metrics));
        confined = privileged.withSandbox(RunningHaproxy.sandbox(directory));
        empty = confined.sandbox().orElseThrow().directory();
    }

    @AfterEach
    void stop() {
        units.forEach(Unit::close);
    }

    private static Map<String, String> status(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .map(line -> line.split(":\\s*", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1].strip()));
    }

    private void assertConfined(RunningHaproxy haproxy) throws IOException {
        long worker = haproxy.worker();
        assertThat(ProcessHandle.of(worker).flatMap(it -> it.info().user())).contains("haproxy");
        assertThat(status(worker))
                .satisfies(status -> assertThat(status.get("Uid").split("\\s+")).doesNotContain("0"))
                .containsEntry("CapEff", "0000000000000000")
                .containsEntry("CapPrm", "0000000000000000")
                .containsEntry("Groups", "");
        assertThat(Path.of("/proc", Long.toString(worker), "root").toRealPath()).isEqualTo(empty);
        assertThat(Files.getOwner(empty).getName()).isEqualTo("root");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(empty)))
                .isEqualTo("--x------");
        assertThat(empty).isEmptyDirectory();
    }

    @Test
    void workersHaveNoPrivilegesAndEverythingWorks() throws Exception {
        try (RunningHaproxy haproxy = RunningHaproxy.start(directory, certificate, confined)) {
            assertConfined(haproxy);
            haproxy.awaitChecked(units.getFirst());

            // A server that is added at run time, and its health check.
            assertThat(haproxy.haproxy.apply(withUnits(units))).isInstanceOf(ApplyResult.Updated.class);
            haproxy.awaitChecked(units.getLast());
            units.getLast().ready = false;
            haproxy.awaitCondition(units.getLast(), ServerStatus.Condition.DOWN);

            // A certificate that is read at a reload.
            Files.move(
                    TestCertificate.of(directory, "DNS:localhost,IP:127.0.0.1").both(),
                    certificate.both(),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            String before =
                    LoadedCertificate.all(haproxy.haproxy.runtime()).getFirst().sha1();
            assertThat(haproxy.haproxy.reload(withUnits(units))).isInstanceOf(ApplyResult.Reloaded.class);
            assertThat(LoadedCertificate.all(haproxy.haproxy.runtime())
                            .getFirst()
                            .sha1())
                    .isNotEqualTo(before);
            assertThat(haproxy.status(units.getLast()).condition()).isEqualTo(ServerStatus.Condition.DOWN);
            assertConfined(haproxy);

            try (HttpClient plain = HttpClient.newHttpClient()) {
                URI page = URI.create("http://127.0.0.1:" + metrics + "/metrics");
                assertThat(plain.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString())
                                .body())
                        .contains("haproxy_process_");
            }
            await("the log").until(() -> haproxy.log().contains("haproxy-metrics"));
        }
    }

    @Test
    void aHaproxyWhoseWorkersAreRootIsConfinedWithoutALostRequest() throws Exception {
        try (RunningHaproxy haproxy = RunningHaproxy.start(directory, certificate, privileged)) {
            haproxy.awaitChecked(units.getFirst());
            assertThat(status(haproxy.worker()).get("Uid")).startsWith("0\t");
            try (Load load = Load.on(port, certificate)) {
                load.awaitMore(200);
                assertThat(haproxy.haproxy.apply(confined)).isInstanceOf(ApplyResult.Reloaded.class);
                load.awaitMore(200);
                assertThat(load.failures()).as("of %s requests", load.done()).isEmpty();
            }
            assertConfined(haproxy);
        }
    }

    @Test
    void aMissingUserIsNamed() {
        Haproxy haproxy =
                new Haproxy(RunningHaproxy.BINARY, directory.resolve("haproxy.cfg"), directory.resolve("master.sock"));

        assertThat(haproxy.apply(
                        confined.withSandbox(Optional.of(new LoadBalancer.Sandbox("no-such-user", "haproxy", empty)))))
                .isInstanceOfSatisfying(
                        ApplyResult.Refused.class,
                        refused -> assertThat(refused.problems().toString()).contains("no-such-user"));
    }

    private LoadBalancer withUnits(List<Unit> these) {
        return confined.withBackends(
                List.of(Examples.units(these.stream().map(Unit::asServer).toArray(Server[]::new))));
    }
}
