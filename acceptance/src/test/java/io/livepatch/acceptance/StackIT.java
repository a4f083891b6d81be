package io.livepatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A new operator's session in order: up, status, faults, changes, scale out, down. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
final class StackIT {
    private static final Duration SOON = Duration.ofMinutes(1);

    private final JsonMapper json = JsonMapper.builder().build();
    private TestModel model;
    private Path home;
    private Scripts scripts;

    @BeforeAll
    void createModel() throws IOException {
        model = TestModel.create();
        home = model.home();
        scripts = model.scripts();
    }

    @AfterAll
    void removeModel() throws IOException {
        model.close();
    }

    @Test
    @Order(1)
    void upDeploysAndAMachineFetchesTheImportedPatch() {
        Scripts.Outcome up = scripts.run("up", "--no-build").expectSuccess();

        assertThat(up.output()).contains("proof").containsPattern("sha256 [0-9a-f]{64}");
        for (String unit : Set.of("livepatch/0", "postgresql/0", "haproxy/0")) {
            assertThat(workload(unit)).as(unit).isEqualTo("active");
        }
    }

    @Test
    @Order(2)
    void haproxyExposesTheRoutesOfMachinesOnly() {
        Https https = new Https(home.resolve("ca.crt"));

        assertThat(https.get(url() + "/health/ready").statusCode()).isEqualTo(200);
        for (String hidden :
                Set.of("/v1/admin/tiers", "/debug/status", "/metrics", "/health/live", "//v1/admin/tiers")) {
            HttpResponse<String> answer = https.get(url() + hidden);
            assertThat(answer.statusCode()).as(hidden).isIn(400, 403, 404);
            assertThat(answer.body()).as(hidden).doesNotContain("edge");
        }
    }

    @Test
    @Order(3)
    void aSecondUpChangesNothing() {
        Set<String> before = Processes.stable(home);

        scripts.run("up", "--no-build").expectSuccess();

        Set<String> after = Processes.stable(home);
        assertThat(after)
                .filteredOn(StackIT::lasting)
                .containsExactlyInAnyOrderElementsOf(
                        before.stream().filter(StackIT::lasting).toList());
        // The unit's probe of the database opens another connection every 30 s.
        assertThat(before).filteredOn(process -> !after.contains(process)).hasSizeLessThanOrEqualTo(1);
        assertThat(after).hasSameSizeAs(before);
    }

    /** Whether it is no process of PostgreSQL for a connection of the unit. */
    private static boolean lasting(String process) {
        return !process.contains(" postgres: relation-");
    }

    @Test
    @Order(4)
    void aKilledUnitIsRestarted() {
        long killed = Processes.pid(home, "io.livepatch.server.Main");
        ProcessHandle.of(killed).orElseThrow().destroyForcibly();
        Https https = new Https(home.resolve("ca.crt"));

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(Processes.pid(home, "io.livepatch.server.Main")).isNotEqualTo(killed);
            assertThat(https.get(url() + "/health/ready").statusCode()).isEqualTo(200);
        });
        scripts.run("juju", "wait-for", "--timeout", "1m").expectSuccess();
    }

    @Test
    @Order(5)
    void aKilledSupervisorLeavesNoOrphanAndTheNextCommandBringsAllBack() {
        long supervisor = Processes.pid(home, "supervisor.cli.Main");
        ProcessHandle.of(supervisor).orElseThrow().destroyForcibly();

        await().atMost(SOON).until(() -> Processes.of(home).isEmpty());
        scripts.run("juju", "wait-for", "--timeout", "3m").expectSuccess();

        assertThat(scripts.run("up", "--no-build").expectSuccess().output()).containsPattern("sha256 [0-9a-f]{64}");
    }

    @Test
    @Order(6)
    void statusNeedsNoJvmWhileTheControllerAnswers() throws IOException {
        Scripts jvmsEndAtOnce = scripts.with(Map.of("LIVEPATCH_JVM_OPTIONS", "-XX:+NoSuchOption"));
        String table = scripts.run("juju", "status", "--format", "tabular")
                .expectSuccess()
                .out();

        assertThat(jvmsEndAtOnce.run("juju", "status").expectSuccess().out()).isEqualTo(table);

        long controller = Processes.pid(home, "ControllerMain");
        try (FrozenProcesses _ = FrozenProcesses.freeze(Set.of(controller))) {
            Scripts.Outcome frozen = scripts.run("juju", "status");
            assertThat(frozen.exit()).isEqualTo(1);
            assertThat(frozen.out()).contains("livepatch/0", "does not answer", "kill -CONT " + controller);
        }
    }

    @Test
    @Order(6)
    void aBadSettingIsRefusedAndTheProcessesKeepRunning() {
        Scripts.Outcome typo = scripts.run("juju", "config", "haproxy", "strategi=random");

        assertThat(typo.exit()).isNotZero();
        assertThat(typo.output()).contains("strategi").contains("strategy");
        assertThat(new Https(home.resolve("ca.crt"))
                        .get(url() + "/health/ready")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    @Order(7)
    void anotherConfigurationFourWorkersAndARestartCostNoMachineARequest() {
        String question = "/v1/api/kernels/supported?kernel-version=5.15&flavour=generic&architecture=amd64";

        try (Load load = Load.on(url() + question, home.resolve("ca.crt"))) {
            load.awaitMore(100);
            Set<Long> one = workers();
            scripts.run("juju", "config", "livepatch", "workers=4", "server.url-ttl=2h")
                    .expectSuccess();
            awaitMessage("Livepatch running! (4 workers)");
            Set<Long> four = awaitFourBeside(one);
            scripts.run("juju", "run", "livepatch/0", "restart").expectSuccess();
            awaitFourBeside(four);
            load.awaitMore(100);

            assertThat(load.failures()).isEmpty();
        }
        awaitMessage("Livepatch running! (4 workers)");
    }

    @Test
    @Order(8)
    void aFleetTriesTheStackAndAChangeInIt() throws IOException {
        Path load = model.work().resolve("load");
        scripts.run("fleet", "init", load.toString()).expectSuccess();
        String init = Files.readString(load.resolve("fleet.yaml"));
        String kernels =
                init.substring(init.indexOf("kernels:")).replaceAll("\\s+", " ").strip();
        Path all = load.resolve("all.yaml");
        Files.writeString(
                all,
                init.substring(0, init.indexOf("flocks:"))
                        + """
                flocks:
                - {name: polling, count: 200, business: check-in, options: {fetching: 0.1}, rate: 20/s, duration: 5s, KERNELS}
                - {name: fetching, count: 2, business: fetch, options: {idle_time: 100ms}, duration: 5s, KERNELS}
                - {name: churning, count: 2, business: enroll-churn, options: {idle_time: 100ms}, duration: 5s, KERNELS}
                - {name: misbehaving, count: 20, business: misbehaving, options: {idle_time: 100ms}, duration: 5s, KERNELS}
                - {name: slow, count: 1, business: slow-reader, options: {bytes_per_second: 10MiB}, duration: 5s, KERNELS}
                - {name: herd, count: 50, business: thundering-herd, options: {outage: 2s}, KERNELS}
                """.replace(
                                "KERNELS",
                                kernels.replace("kernels: - ", "kernels: [").replace("} - {", "}, {") + "]"));
        Path page = load.resolve("report.html");

        Scripts.Outcome run = scripts.run("fleet", "run", "-c", all.toString(), "--html", page.toString())
                .expectSuccess();

        assertThat(run.out()).contains("PASSED", "livepatch-0").doesNotContain("✘");
        assertThat(page).content().contains("misbehaving").doesNotContain(Files.readString(load.resolve("auth-token")));
        // Latency is measured by scripts/bench; the gate asserts that no request fails.
        Path calm = load.resolve("calm.yaml");
        Files.writeString(calm, init.replaceAll("thresholds: .*", "thresholds: [errors == 0]"));
        String juju = scripts.builder("juju").command().getFirst();
        scripts.run(
                        "fleet",
                        "gate",
                        "-c",
                        calm.toString(),
                        "--warm",
                        "4s",
                        "--after",
                        "2s",
                        "--",
                        juju,
                        "config",
                        "haproxy",
                        "global-maxconn=4001")
                .expectSuccess();
    }

    private Set<Long> awaitFourBeside(Set<Long> others) {
        await("four new workers")
                .atMost(SOON)
                .until(() -> workers().size() == 4 && workers().stream().noneMatch(others::contains));
        return workers();
    }

    private Set<Long> workers() {
        return Processes.of(home).stream()
                .filter(line -> line.contains("io.livepatch.server.Main"))
                .map(line -> Long.valueOf(line.substring(0, line.indexOf(' '))))
                .collect(Collectors.toSet());
    }

    private void awaitMessage(String text) {
        await(text)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(
                                scripts.run("juju", "status").expectSuccess().out())
                        .contains(text));
    }

    @Test
    @Order(9)
    void addUnitIsRefusedOnAFilesystemStoreAndItsMessageLeadsToAStoreThatUnitsShare() throws IOException {
        scripts.run("juju", "config", "livepatch", "workers=1").expectSuccess();
        scripts.run("juju", "wait-for", "--timeout", "2m").expectSuccess();

        Scripts.Outcome refused = scripts.run("juju", "add-unit", "livepatch", "-n", "1");

        assertThat(refused.exit()).isNotZero();
        assertThat(refused.output())
                .contains("the filesystem patch storage type is not compatible with a scaled out livepatch setup");
        List<String> commands = refused.output()
                .lines()
                .filter(line -> line.startsWith("  juju "))
                .map(String::strip)
                .toList();
        assertThat(commands).as(refused.output()).hasSize(2);
        PatchFetcher fetcher = new PatchFetcher(unit("livepatch/0"), authToken());
        commands.forEach(command -> scripts.runLine(command).expectSuccess());
        scripts.run("juju", "wait-for", "--timeout", "2m").expectSuccess();
        scripts.run("juju", "add-unit", "livepatch", "-n", "1").expectSuccess();
        scripts.run("juju", "wait-for", "--timeout", "2m").expectSuccess();
        for (String unit : List.of("livepatch/0", "livepatch/1")) {
            assertThat(fetcher.sha256(unit(unit), sample().getFileName().toString()))
                    .as(unit)
                    .isEqualTo(PatchFetcher.sha256(Files.readAllBytes(sample())));
        }
        assertThat(scripts.run("juju", "config", "livepatch", "patch-storage.type=filesystem")
                        .exit())
                .as("the way back with two units")
                .isNotZero();
    }

    private Path sample() throws IOException {
        Path imported = home.resolve("demo/machine/patches");
        try (var files = Files.list(imported)) {
            return files.filter(file -> file.toString().endsWith(".tar.bz2"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private String authToken() {
        return scripts.with(Map.of(
                        "LIVEPATCH_ADMIN_HOME",
                        home.resolve("demo/admin").toString(),
                        "LIVEPATCH_URL",
                        unit("livepatch/0")))
                .run("livepatch-admin", "auth-token", "scaled", "edge")
                .expectSuccess()
                .out()
                .strip();
    }

    private String unit(String name) {
        return "http://" + string(scripts.run("juju", "show-unit", name, "--format", "json"), "address") + ":8080";
    }

    /** haproxy refuses percent-encoded paths, and kernel names contain '~' and '+'. */
    @Test
    @Order(10)
    void aMachineWithATildeAndAPlusInItsKernelGetsItsPatchThroughHaproxy() throws IOException {
        String kernel = "5.4.0-52.37~20.04+1-generic";
        Path patch = home.resolve("demo/livepatch-" + kernel + "-1.1-amd64.tar.bz2");
        Path machine = home.resolve("demo/odd-machine");
        Scripts there = scripts.with(Map.of(
                "LIVEPATCH_ADMIN_HOME", home.resolve("demo/admin").toString(),
                "LIVEPATCH_URL", unit("livepatch/0"),
                "LIVEPATCH_CLIENT_HOME", machine.toString()));
        there.run("make-patch", patch.toString()).expectSuccess();
        there.run("livepatch-admin", "patch", "add", patch.toString()).expectSuccess();
        there.run("livepatch-client", "config", "remote-server=" + url(), "ca-certs=" + home.resolve("ca.crt"))
                .expectSuccess();
        String token = there.run("livepatch-admin", "auth-token", "odd", "edge")
                .expectSuccess()
                .out()
                .strip();
        there.run(
                        "livepatch-client",
                        "enable",
                        token,
                        "--machine-id",
                        "odd-machine",
                        "--kernel",
                        kernel,
                        "--architecture",
                        "amd64")
                .expectSuccess();
        there.run("livepatch-client", "refresh").expectSuccess();

        assertThat(machine.resolve("patches").resolve(patch.getFileName())).hasSameBinaryContentAs(patch);
    }

    @Test
    @Order(10)
    void aMachineThatRefreshesFollowsANewAuthorityAndOneThatDoesNotSaysWhatToDo() throws IOException {
        Path first = Files.copy(home.resolve("ca.crt"), home.resolve("demo/first-ca.crt"));
        Scripts follower = enabledMachine("follower", first);
        Scripts absent = enabledMachine("absent", first);

        assertThat(rotate("now").output()).contains("no machine knows the next certificate authority yet");
        rotate("").expectSuccess();
        awaitStatus("a new certificate authority is published");
        assertThat(follower.run("livepatch-client", "refresh").expectSuccess().out())
                .contains("the CA certificates that the server publishes are trusted now");
        rotate("now").expectSuccess();
        awaitStatus("the certificate authority was replaced");

        follower.run("livepatch-client", "refresh").expectSuccess();
        assertThat(first).hasSameTextualContentAs(home.resolve("ca.crt"));
        Scripts.Outcome refused = absent.run("livepatch-client", "refresh");
        assertThat(refused.exit()).isEqualTo(3);
        assertThat(refused.err()).contains("is not trusted").contains("livepatch-client config ca-certs=FILE");

        scripts.run("up", "--no-build", "--no-proof").expectSuccess();
        absent.run("livepatch-client", "config", "ca-certs=" + home.resolve("ca.crt"))
                .expectSuccess();
        absent.run("livepatch-client", "refresh").expectSuccess();
    }

    private Scripts.Outcome rotate(String changeOver) {
        return scripts.run(
                "juju", "run", "haproxy/leader", "rotate-certificate-authority", "change-over=" + changeOver);
    }

    private void awaitStatus(String text) {
        await(text)
                .atMost(SOON)
                .until(() -> scripts.run("juju", "status", "--format", "json")
                        .output()
                        .contains(text));
    }

    /** The environment of the client of a new machine. */
    private Scripts enabledMachine(String id, Path ca) {
        Scripts there = scripts.with(Map.of(
                "LIVEPATCH_ADMIN_HOME", home.resolve("demo/admin").toString(),
                "LIVEPATCH_URL", unit("livepatch/0"),
                "LIVEPATCH_CLIENT_HOME", home.resolve("demo").resolve(id).toString()));
        there.run("livepatch-client", "config", "remote-server=" + url(), "ca-certs=" + ca)
                .expectSuccess();
        String token = there.run("livepatch-admin", "auth-token", id, "edge")
                .expectSuccess()
                .out()
                .strip();
        there.run("livepatch-client", "enable", token, "--machine-id", id, "--architecture", "amd64")
                .expectSuccess();
        return there;
    }

    @Test
    @Order(10)
    void noSecretIsInStatusProcessListOrLogs() throws IOException {
        String password =
                string(scripts.run("juju", "run", "livepatch/0", "get-admin-password", "--format", "json"), "password");
        String database =
                string(scripts.run("juju", "run", "postgresql/0", "get-password", "--format", "json"), "password");

        StringBuilder shown = new StringBuilder()
                .append(scripts.run("juju", "status", "--format", "json").output())
                .append(scripts.run("juju", "show-unit", "livepatch/0", "--format", "json")
                        .output())
                .append(scripts.run("juju", "debug-log", "--no-tail").output())
                .append(Processes.of(home));
        try (var files = Files.walk(home)) {
            for (Path log :
                    files.filter(file -> file.toString().endsWith(".log")).toList()) {
                shown.append(Files.readString(log));
            }
        }
        assertThat(shown.toString()).doesNotContain(password).doesNotContain(database);
    }

    @Test
    @Order(11)
    void downLeavesNoProcessAndKeepsTheData() {
        scripts.run("down").expectSuccess();

        assertThat(Processes.of(home)).isEmpty();
        assertThat(home).isNotEmptyDirectory();
    }

    @Test
    @Order(12)
    void purgeLeavesNothing() {
        scripts.run("down", "--purge", "--yes").expectSuccess();

        assertThat(Processes.of(home)).isEmpty();
        assertThat(home)
                .satisfiesAnyOf(
                        path -> assertThat(path).doesNotExist(),
                        path -> assertThat(path).isEmptyDirectory());
    }

    private String workload(String unit) {
        JsonNode status = json.readTree(scripts.run("juju", "status", "--format", "json")
                .expectSuccess()
                .output());
        String application = unit.substring(0, unit.indexOf('/'));
        return status.path("applications")
                .path(application)
                .path("units")
                .path(unit)
                .path("workload-status")
                .path("current")
                .asString();
    }

    private String url() {
        return "https://" + string(scripts.run("juju", "show-unit", "haproxy/0", "--format", "json"), "address")
                + ":8443";
    }

    private String string(Scripts.Outcome outcome, String field) {
        JsonNode found = json.readTree(outcome.expectSuccess().out()).findValue(field);
        assertThat(found).as("%s in %s", field, outcome.output()).isNotNull();
        return found.asString();
    }
}
