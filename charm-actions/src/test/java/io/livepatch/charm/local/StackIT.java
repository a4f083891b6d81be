package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.testing.CertificatePair;
import io.livepatch.charm.testing.LocalModel;
import io.livepatch.charm.testing.StandInServer;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** All three charms with real PostgreSQL and haproxy, and a stand-in for the server. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StackIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String URL = "https://127.0.78.3:8443/health/ready";
    private static LocalModel model;

    @BeforeAll
    static void start() {
        model = new LocalModel("127.0.78");
    }

    @AfterAll
    static void stop() {
        model.close();
    }

    private static String get(String url) {
        String ca = model.juju("run", "haproxy/0", "get-certificate", "--format", "json")
                .json()
                .findValue("ca")
                .asString();
        Path file = model.home().resolveSibling("ca.crt");
        try {
            Files.writeString(file, ca);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        ExternalProgram.Output output = ExternalProgram.of(
                        "curl", "-sS", "--max-time", "5", "--cacert", file.toString(), "-w", "%{http_code}", url)
                .run();
        return output.stdout() + output.stderr();
    }

    @Test
    @Order(1)
    void theBundleComesUpAndServesOverHttpsWithACertificateOfItsOwnAuthority() {
        model.juju("deploy", "livepatch").expectSuccess();
        LocalModel.Outcome waited = model.juju("wait-for", "--timeout", "2m").expectSuccess();

        assertThat(waited.err()).contains("livepatch/0  active: Livepatch running!");
        await().atMost(SOON).untilAsserted(() -> assertThat(get(URL)).isEqualTo("{\"status\":\"ready\"}200"));
        // Machines are sent to the address that they used, so that no unit depends on one haproxy.
        assertThat(model.home().resolve("units/livepatch-0/livepatch.yaml"))
                .content()
                .doesNotContain("url-template");
    }

    @Test
    @Order(2)
    void deployingAgainChangesNothing() {
        Set<Long> before = standing();

        assertThat(model.juju("deploy", "livepatch").expectSuccess().out()).contains("nothing to do");
        assertThat(standing()).isEqualTo(before);
    }

    @Test
    @Order(3)
    void theRelationGivesALoginToTheDatabaseAndNothingElse() throws IOException {
        String yaml = Files.readString(model.home().resolve("units/livepatch-0/livepatch.yaml"));
        String dsn = yaml.replaceAll("(?s).*(postgresql://[^\"\\s]+).*", "$1");

        ExternalProgram.Output own = ExternalProgram.of(
                        "psql",
                        "-XAtq",
                        "-c",
                        "CREATE TABLE t(); SELECT tableowner FROM pg_tables WHERE tablename='t'",
                        dsn)
                .run();
        assertThat(own.stdout().strip()).isEqualTo("livepatch_owner");
        ExternalProgram.Output created = ExternalProgram.of("psql", "-XAtq", "-c", "CREATE ROLE intruder", dsn)
                .run();
        assertThat(created.stderr()).contains("permission denied");
    }

    @Test
    @Order(4)
    void noSecretIsShownOrLogged() throws IOException {
        String admin = model.juju("run", "livepatch/0", "get-admin-password", "--format", "json")
                .json()
                .findValue("password")
                .asString();
        String operator = model.juju("run", "postgresql/0", "get-password", "--format", "json")
                .json()
                .findValue("password")
                .asString();
        model.jujuWithInput("kim:correct-horse", "run", "livepatch/0", "set-basic-users", "users=@-")
                .expectSuccess();
        StringBuilder shown = new StringBuilder();
        for (String[] command : new String[][] {
            {"status", "--format", "json"},
            {"show-unit", "livepatch/0"},
            {"show-unit", "postgresql/0"},
            {"config", "livepatch", "--format", "yaml"},
            {"debug-log", "--no-tail", "-n", "1000"}
        }) {
            shown.append(model.juju(command).expectSuccess().out());
        }
        model.processes().forEach(it -> shown.append(it.info().commandLine().orElse("")));
        try (Stream<Path> files = Files.walk(model.home())) {
            for (Path log : files.filter(it -> it.toString().endsWith(".log")).toList()) {
                shown.append(Files.readString(log));
            }
        }

        assertThat(shown.toString())
                .doesNotContain(admin)
                .doesNotContain(operator)
                .doesNotContain("correct-horse")
                .doesNotContain("PRIVATE KEY")
                .doesNotContainPattern("postgresql://relation-\\d+:");
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
    }

    @Test
    @Order(5)
    void aRefusedConfigurationOfHaproxyChangesNothing() {
        LocalModel.Outcome refused = model.juju("config", "haproxy", "strategy=randon", "timeout-client=40");

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("did you mean 'random'?");
        assertThat(get(URL)).endsWith("200");
        assertThat(model.juju("run", "haproxy/0", "get-configuration").out()).doesNotContain("timeout client 40s");

        model.juju("config", "haproxy", "timeout-client=40").expectSuccess();
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
        assertThat(model.juju("run", "haproxy/0", "get-configuration").out()).contains("timeout client 40s");
    }

    @Test
    @Order(5)
    void aMismatchedPairIsRefusedByEveryCommand() throws IOException {
        Path directory = model.home().getParent();
        CertificatePair one = CertificatePair.selfSigned(directory, "one", Duration.ofDays(30));
        CertificatePair other = CertificatePair.selfSigned(directory, "other", Duration.ofDays(30));
        String pair = "ssl-cert: |\n%s\nssl-key: |\n%s\n"
                .formatted(one.certificate().indent(2), other.key().indent(2));
        Path file = Files.writeString(directory.resolve("pair.yaml"), pair);
        Path overlay = Files.writeString(
                directory.resolve("overlay.yaml"), "applications:\n  haproxy:\n    options:\n" + pair.indent(6));

        for (String[] command : new String[][] {
            {
                "config",
                "haproxy",
                "ssl-cert=@" + directory.resolve("one.crt"),
                "ssl-key=@" + directory.resolve("other.key")
            },
            {"config", "haproxy", "--file", file.toString()},
            {"deploy", "livepatch", "--overlay", overlay.toString()},
            {"deploy", "haproxy", "edge", "--config", file.toString()}
        }) {
            LocalModel.Outcome refused = model.juju(command);
            assertThat(refused.exit()).as(refused.said()).isEqualTo(2);
            assertThat(refused.said())
                    .contains("ssl-key is not the key of ssl-cert: set the two that belong together in one command")
                    .doesNotContain("PRIVATE KEY");
        }
        assertThat(model.juju("config", "haproxy", "ssl-cert").out().strip()).isEmpty();
        assertThat(model.juju("status").out()).contains("Unit is ready").doesNotContain("edge");
        assertThat(get(URL)).endsWith("200");
    }

    @Test
    @Order(6)
    void anInvalidConfigurationNeverReachesTheServer() {
        long pid =
                model.process(StandInServer.class.getSimpleName()).orElseThrow().pid();

        model.juju("config", "livepatch", "patch-storage.s3-region=nowhere").expectSuccess();

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").out())
                        .contains("configuration refused (patch-storage.s3-region): ")
                        .contains("'nowhere' is not a region; running with the last good one"));
        assertThat(model.process(StandInServer.class.getSimpleName())
                        .orElseThrow()
                        .pid())
                .isEqualTo(pid);
        model.juju("config", "livepatch", "--reset", "patch-storage.s3-region").expectSuccess();
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
    }

    @Test
    @Order(7)
    void configurationsThatTheServerCannotStartWithAreRolledBackWhileItServes() {
        String address = property("server.server-address");
        whileServing(() -> {
            Set<Long> before = workers();
            model.juju("config", "livepatch", "patch-storage.s3-region=taken").expectSuccess();
            awaitStatus(
                    "configuration refused (patch-storage.s3-region): patch-storage.s3-region: 'taken' is not a region;"
                            + " running with the last good one");
            assertThat(workers()).as("no worker was replaced").isEqualTo(before);

            model.juju(
                            "config",
                            "livepatch",
                            "--reset",
                            "patch-storage.s3-region",
                            "server.server-address=192.0.2.1:8080")
                    .expectSuccess();
            awaitStatus("configuration refused (server.server-address): cannot listen on 192.0.2.1:8080");
            try (ServerSocket taken = listen(address.substring(0, address.indexOf(':')))) {
                String used = taken.getInetAddress().getHostAddress() + ":" + taken.getLocalPort();
                model.juju("config", "livepatch", "server.server-address=" + used)
                        .expectSuccess();
                awaitStatus("configuration refused (server.server-address): " + used + " is in use by another process");
                model.juju("config", "livepatch", "--reset", "server.server-address")
                        .expectSuccess();
                model.juju("wait-for", "--timeout", "1m").expectSuccess();
            }
            assertThat(workers()).isEqualTo(before);
        });
    }

    @Test
    @Order(7)
    void aTrialGoesOnAfterTheControllerWasKilled() throws IOException {
        Path hold = Files.createFile(model.home().resolve("hold-start"));
        whileServing(() -> {
            model.juju("config", "livepatch", "patch-storage.s3-region=undecided")
                    .expectSuccess();
            awaitStatus("its workers are replaced one by one");
            model.process("ControllerMain").orElseThrow().destroyForcibly();
            FileTrees.delete(hold);
            awaitStatus("configuration refused (patch-storage.s3-region): patch-storage.s3-region: 'undecided'");
            assertThat(model.juju("run", "livepatch/0", "retry").said()).contains("the configuration is refused again");
            model.juju("config", "livepatch", "--reset", "patch-storage.s3-region")
                    .expectSuccess();
            model.juju("wait-for", "--timeout", "1m").expectSuccess();
        });
    }

    @Test
    @Order(7)
    void aPublicPortThatIsTakenIsRefusedByTheRunningHaproxyAndAtItsStart() throws IOException {
        try (ServerSocket taken = listen("127.0.78.3")) {
            String refusal = "configuration refused (https-port): cannot listen on '127.0.78.3:" + taken.getLocalPort()
                    + "' (Address already in use)";
            whileServing(() -> {
                model.juju("config", "haproxy", "https-port=" + taken.getLocalPort())
                        .expectSuccess();
                awaitStatus(refusal);
                model.juju("config", "haproxy", "--reset", "https-port").expectSuccess();
                model.juju("wait-for", "--timeout", "1m").expectSuccess();
            });

            model.juju("shutdown").expectSuccess();
            Path file = model.home().resolve("model.json");
            Files.writeString(
                    file,
                    Files.readString(file)
                            .replaceFirst(
                                    "(\"charm\" : \"haproxy\",\\s*\"config\" : \\{)",
                                    "$1\"https-port\":\"" + taken.getLocalPort() + "\","));
            model.juju("wait-for", "--timeout", "2s");
            awaitStatus(refusal);
            awaitStatus("running with the last good one");
            await().atMost(SOON).untilAsserted(() -> assertThat(get(URL)).endsWith("200"));
        }
        // The port is free.
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
        model.juju("config", "haproxy", "--reset", "https-port").expectSuccess();
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
        await().atMost(SOON).untilAsserted(() -> assertThat(get(URL)).endsWith("200"));
    }

    private static ServerSocket listen(String address) throws IOException {
        return new ServerSocket(0, 1, InetAddress.ofLiteral(address));
    }

    private static String property(String key) {
        return PrivateFile.read(model.home().resolve("units/livepatch-0/livepatch.yaml"))
                .orElse("")
                .replaceAll("(?s).*" + key + ": \"?([^\"\\s]+).*", "$1");
    }

    /** Requests through haproxy, one after the other, during a task; each has to be answered with 200. */
    private static void whileServing(Callable task) {
        List<String> failures = new CopyOnWriteArrayList<>();
        AtomicInteger answers = new AtomicInteger();
        AtomicBoolean ended = new AtomicBoolean();
        Thread client = Thread.ofVirtual().start(() -> {
            while (!ended.get()) {
                String answer = ExternalProgram.of("curl", "-sSk", "--max-time", "10", "-w", "%{http_code}", URL)
                        .run()
                        .stdout();
                answers.incrementAndGet();
                if (!answer.endsWith("200")) {
                    failures.add(answer);
                }
            }
        });
        try {
            task.call();
            await("enough requests").atMost(SOON).until(() -> answers.get() > 10);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ended.set(true);
        }
        await().atMost(SOON).until(() -> !client.isAlive());
        assertThat(failures).as("of %s requests", answers).isEmpty();
    }

    private interface Callable {
        void call() throws IOException;
    }

    @Test
    @Order(8)
    void workersAreAddedAndRemovedWhileTheFirstKeepsServing() {
        await("one is left").atMost(SOON).until(() -> workers().size() == 1);
        Set<Long> first = workers();

        model.juju("config", "livepatch", "workers=3").expectSuccess();
        awaitStatus("Livepatch running! (3 workers)");
        assertThat(workers()).hasSize(3).containsAll(first);
        assertThat(model.juju("show-unit", "livepatch/0", "--format", "json")
                        .json()
                        .findValue("livepatch-server"))
                .hasSize(3)
                .allSatisfy(
                        worker -> assertThat(worker.path("state").asString()).isEqualTo("ready"));
        model.juju("run", "livepatch/0", "restart").expectSuccess();
        assertThat(workers()).doesNotContainAnyElementsOf(first);

        LocalModel.Outcome refused = model.juju("config", "livepatch", "workers=0");
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("workers is 0 and may be from 1 to 64");
        assertThat(get(URL)).endsWith("200");
    }

    @Test
    @Order(9)
    void workersCanRunBehindAHaproxyOfTheirOwn() {
        model.juju("config", "livepatch", "workers=2", "worker-mode=proxy").expectSuccess();
        awaitStatus("Livepatch running! (2 workers)");
        await().atMost(SOON).untilAsserted(() -> assertThat(get(URL)).endsWith("200"));
        assertThat(model.process("livepatch-0/livepatch-server/haproxy.cfg")).isPresent();

        model.juju("config", "livepatch", "--reset", "workers").expectSuccess();
        awaitStatus("Livepatch running!\n");
        assertThat(get(URL)).endsWith("200");
    }

    private static void awaitStatus(String text) {
        await(text)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").out()).contains(text));
    }

    private static Set<Long> workers() {
        return model.processes().stream()
                .filter(process -> process.info().commandLine().orElse("").contains(StandInServer.class.getName()))
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }

    @Test
    @Order(10)
    void aKilledSupervisorLeavesNoOrphanAndTheNextCommandBringsEverythingBack() {
        model.process("supervisor.cli.Main").orElseThrow().destroyForcibly();
        await().atMost(SOON).untilAsserted(() -> assertThat(model.processes()).isEmpty());

        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        await().atMost(SOON).untilAsserted(() -> assertThat(get(URL)).endsWith("200"));
        assertThat(model.juju("run", "livepatch/0", "get-admin-password")
                        .expectSuccess()
                        .out())
                .contains("password: ");
    }

    @Test
    @Order(11)
    void destroyingTheModelAsksFirstAndThenLeavesNothing() {
        assertThat(model.juju("destroy-model").exit()).isEqualTo(2);
        LocalModel.Outcome outcome = model.juju("destroy-model", "--no-prompt").expectSuccess();

        assertThat(outcome.err().indexOf("haproxy/0  maintenance"))
                .isLessThan(outcome.err().indexOf("postgresql/0  maintenance"));
        assertThat(model.processes()).isEmpty();
        assertThat(model.home()).isEmptyDirectory();
    }

    /** The processes that stay; a check or a statement that just runs is over before the look after the next. */
    private static Set<Long> standing() {
        AtomicReference<Set<Long>> seen = new AtomicReference<>(Set.of());
        await("no process comes or goes")
                .during(Duration.ofSeconds(1))
                .atMost(SOON)
                .until(() -> {
                    Set<Long> now =
                            model.processes().stream().map(ProcessHandle::pid).collect(Collectors.toSet());
                    return now.equals(seen.getAndSet(now));
                });
        return seen.get();
    }
}
