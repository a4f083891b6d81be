package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.Load;
import io.livepatch.charm.testing.LocalModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** The lives of controller and supervisor: killed, stopped, upgraded, with PostgreSQL, haproxy and a server under load. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ControllerLifeIT {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static LocalModel model;

    @BeforeAll
    static void open() {
        model = new LocalModel("127.0.76");
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ProcessHandle controller() {
        return model.process("ControllerMain").orElseThrow();
    }

    private static ProcessHandle supervisor() {
        return model.process("supervisor.cli.Main").orElseThrow();
    }

    private static void signal(String name, ProcessHandle process) {
        ExternalProgram.of("kill", "-s", name, Long.toString(process.pid())).runOrThrow();
    }

    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** The first process of each service, by the word that its command line has. */
    private static Map<String, Long> units() {
        Map<String, Long> pids = new TreeMap<>();
        for (String word : List.of("StandInServer", "postgresql-0/data", "haproxy-0/haproxy.cfg")) {
            pids.put(word, model.process(word).orElseThrow().pid());
        }
        return pids;
    }

    @Test
    @Order(1)
    void twoShellsThatStartTheModelStartOneSupervisorAndOneController() {
        List<CompletableFuture<LocalModel.Outcome>> shells = Stream.generate(
                        () -> CompletableFuture.supplyAsync(() -> model.jujuProcess("deploy", "livepatch")))
                .limit(3)
                .toList();
        shells.forEach(shell -> shell.join().expectSuccess());
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        assertThat(model.processes("supervisor.cli.Main")).hasSize(1);
        assertThat(model.processes("ControllerMain")).hasSize(1);
        assertThat(List.of(supervisor(), controller()))
                .as("a JVM that crashes writes its report to its working directory")
                .allSatisfy(process -> assertThat(Path.of("/proc", Long.toString(process.pid()), "cwd")
                                .toRealPath())
                        .isEqualTo(model.home().toRealPath()));
    }

    @Test
    @Order(2)
    void aKilledControllerIsBackWithinSecondsAndNothingElseIsTouched() {
        Map<String, Long> before = units();
        try (Load load = Load.on("127.0.76.1", 8080)) {
            load.awaitMore(100);
            kill(controller());
            await("it answers")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(
                                    model.juju("status").expectSuccess().out())
                            .contains("livepatch/0")
                            .doesNotContain("away"));
            model.juju("wait-for", "--timeout", "1m").expectSuccess();
            load.awaitMore(100);
            assertThat(load.failures()).isEmpty();
        }
        assertThat(units()).isEqualTo(before);
        assertThat(model.juju("metrics").expectSuccess().out())
                .contains("livepatch_controller_units{")
                .contains("livepatch_controller_certificate_not_after_seconds{kind=\"leaf\",unit=\"haproxy/0\"} ")
                .contains("livepatch_controller_disk_free_bytes{directory=\"database\",unit=\"postgresql/0\"} ")
                .contains("supervisor_replicas_ready{pool=\"livepatch-0/livepatch-server\"} 1.0")
                .contains("monoceros_workerpool_");
    }

    @Test
    @Order(3)
    void aControllerOfAnotherBuildIsReplacedWhileUnitsServe() {
        Map<String, Long> before = units();
        try (Load load = Load.on("127.0.76.1", 8080)) {
            model.useOtherBuild(true);
            // The former controller begins what the next one ends.
            model.juju("add-unit", "haproxy").expectSuccess();
            kill(controller());
            LocalModel.Outcome refused = model.juju("config", "haproxy", "timeout-client=41");
            assertThat(refused.exit()).isEqualTo(1);
            assertThat(refused.err()).contains("runs another build", "juju upgrade-controller");

            model.useOtherBuild(false);
            assertThat(model.juju("upgrade-controller").expectSuccess().out())
                    .contains("the controller runs this build");
            assertThat(model.juju("upgrade-controller").expectSuccess().out()).contains("nothing to do");
            model.juju("config", "haproxy", "timeout-client=41").expectSuccess();
            model.juju("wait-for", "--timeout", "1m").expectSuccess();
            assertThat(model.process("haproxy-1/haproxy.cfg")).isPresent();
            load.awaitMore(100);
            assertThat(load.failures()).isEmpty();
        }
        assertThat(units()).isEqualTo(before);
        assertThat(model.processes("ControllerMain")).hasSize(1);
        model.juju("remove-unit", "--no-prompt", "haproxy/1").expectSuccess();
    }

    @Test
    @Order(4)
    void whatIsFrozenIsNamedWithinSeconds() {
        ProcessHandle controller = controller();
        signal("STOP", controller);
        long begun = System.nanoTime();
        LocalModel.Outcome status = model.juju("status");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
        assertThat(status.exit()).isEqualTo(1);
        assertThat(status.out())
                .contains("livepatch/0", "controller away", "does not answer", "kill -CONT " + controller.pid());
        assertThat(model.juju("config", "haproxy", "timeout-client=42").err())
                .contains("does not answer", "kill -9 " + controller.pid());
        signal("CONT", controller);
        model.juju("status").expectSuccess();

        ProcessHandle supervisor = supervisor();
        signal("STOP", supervisor);
        await("the controller notices")
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(
                        () -> assertThat(model.juju("status").expectSuccess().out())
                                .contains("the supervisor at", "does not answer", "kill -CONT " + supervisor.pid()));
        assertThat(model.juju("shutdown").err()).contains("does not answer", "kill -CONT " + supervisor.pid());
        signal("CONT", supervisor);
        await("all is well")
                .atMost(SOON)
                .untilAsserted(() ->
                        assertThat(model.juju("status").expectSuccess().out()).doesNotContain("does not answer"));
    }

    @Test
    @Order(5)
    void aKilledSupervisorLeavesNoOrphanAndTheNextCommandBringsEverythingBack() {
        kill(supervisor());
        await("no orphan")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.processes()).isEmpty());
        assertThat(model.juju("status").exit()).isEqualTo(3);

        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        assertThat(units()).hasSize(3);
    }

    @Test
    @Order(6)
    void sigtermOfTheSupervisorStopsDependentsFirst() {
        signal("TERM", supervisor());
        await("all ends")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.processes()).isEmpty());
        String log = model.juju("debug-log", "--no-tail", "-n", "40").out();
        assertThat(log).contains("controller stops all units").contains("controller has ended");
        assertThat(model.juju("shutdown").expectSuccess().out()).contains("nothing to do");
    }

    /** The supervisor of these tests runs from no release, and so it is never that of the command. */
    @Test
    @Order(7)
    void theSupervisorIsReplacedInAStopThatIsAnnounced() {
        assertThat(model.juju("upgrade-supervisor").expectSuccess().out()).contains("nothing to do", "is stopped");
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        ProcessHandle before = supervisor();

        LocalModel.Outcome replaced = model.juju("upgrade-supervisor").expectSuccess();

        assertThat(replaced.err()).contains("all units", "stop for some seconds");
        assertThat(replaced.out()).contains("supervisor and controller run this build");
        assertThat(before.isAlive()).isFalse();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        assertThat(units()).hasSize(3);
        assertThat(model.juju("upgrade-controller").expectSuccess().out()).contains("juju upgrade-supervisor");
    }

    @Test
    @Order(8)
    void shutdownReturnsWhenAllProcessesAreGone() {
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        LocalModel.Outcome stopped = model.juju("shutdown").expectSuccess();
        assertThat(model.processes()).isEmpty();
        assertThat(stopped.err().indexOf("haproxy/0")).isLessThan(stopped.err().indexOf("postgresql/0"));
        model.juju("destroy-model", "--no-prompt").expectSuccess();
        assertThat(model.home()).isEmptyDirectory();
    }
}
