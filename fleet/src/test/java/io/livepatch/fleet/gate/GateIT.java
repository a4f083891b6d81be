package io.livepatch.fleet.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.gate.Gate.GateDurations;
import io.livepatch.fleet.gate.Gate.GateResult;
import io.livepatch.fleet.gate.Gate.ObservedLoad;
import io.livepatch.fleet.report.JunitXml;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.verdict.Verdict.Check;
import io.livepatch.testing.JavaCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real commands in a small real load. */
final class GateIT {
    private static final GateDurations SHORT = new GateDurations(
            Duration.ofMillis(800), Duration.ofSeconds(30), Duration.ofMillis(300), Duration.ofSeconds(20));

    // So that tests that do not concern latency pass on a slow machine.
    private static final Threshold NO_ERRORS = Threshold.parse("errors == 0");

    @TempDir
    Path directory;

    private SmallLoad load;

    @BeforeEach
    void start() throws IOException {
        load = new SmallLoad(directory, Duration.ZERO);
        load.start();
    }

    @AfterEach
    void stop() {
        load.close();
    }

    private GatedCommand shell(String script) {
        return GatedProgram.shell(directory, script);
    }

    private GateResult gate(GateDurations gateDurations, String script, Threshold... thresholds)
            throws InterruptedException {
        return new Gate(gateDurations, List.of(load.observed(thresholds)), InstantSource.system()).run(shell(script));
    }

    private static Stream<String> failed(GateResult result) {
        return Stream.concat(result.checks().stream(), result.flocks().stream().flatMap(it -> it.checks().stream()))
                .filter(it -> !it.passed())
                .map(Check::threshold);
    }

    private static boolean alive(Path file) throws IOException {
        return ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
                .map(ProcessHandle::isAlive)
                .orElse(false);
    }

    private void awaitFile(Path file) throws InterruptedException {
        Instant last = Instant.now().plusSeconds(30);
        while (!Files.exists(file)) {
            assertThat(Instant.now()).as("'%s' appears".formatted(file)).isBefore(last);
            Thread.onSpinWait();
        }
    }

    @Test
    void commandWithoutEffectPasses() throws Exception {
        GateResult result = gate(SHORT, "echo changed > done", NO_ERRORS);

        assertThat(failed(result)).isEmpty();
        assertThat(result.passed()).isTrue();
        assertThat(directory.resolve("done")).exists();
        assertThat(result.events()).extracting(RunReport.Event::kind).containsExactly("command", "command");
        assertThat(result.events().getLast().text()).startsWith("exit status 0 after ");
        RunReport report = result.report("gate", Instant.EPOCH, Instant.EPOCH.plusSeconds(2), 1);
        assertThat(report.passed()).isTrue();
        assertThat(JunitXml.write(report)).contains("name=\"the command succeeds\"");
    }

    @Test
    void gateWaitsForTheWarmUp() throws Exception {
        Path broken = Files.createFile(directory.resolve("broken"));
        try (SmallLoad warming = new SmallLoad(directory, SHORT.warm().multipliedBy(3))) {
            warming.start();
            await("some of the warm-up failed")
                    .until(() -> !warming.figures().slots().stream()
                            .filter(it -> it.failed() > 0)
                            .toList()
                            .isEmpty());
            Files.delete(broken);
            GateResult result =
                    new Gate(SHORT, List.of(warming.observed(NO_ERRORS)), InstantSource.system()).run(shell("true"));

            assertThat(failed(result)).isEmpty();
            assertThat(result.flocks().getFirst().figures().warmUp()).isPositive();
            assertThat(result.flocks().getFirst().figures().done()).isPositive();
        }
    }

    @Test
    void failedCommandFails() throws Exception {
        GateResult result = gate(SHORT, "exit 3", NO_ERRORS);

        assertThat(failed(result)).containsExactly("the command succeeds");
        assertThat(result.checks().getFirst().measured()).startsWith("exit status 3 after ");
        assertThat(result.report("gate", Instant.EPOCH, Instant.EPOCH, 1).passed())
                .isFalse();
    }

    @Test
    void failedRequestDuringTheCommandFails() throws Exception {
        GateResult result = gate(SHORT, "touch broken; sleep 0.5; rm broken", NO_ERRORS);

        assertThat(failed(result)).containsExactly("errors == 0");
    }

    @Test
    void failureAfterTheCommandFails() throws Exception {
        GateResult result = gate(SHORT, "(sleep 0.1; touch broken) > /dev/null &", NO_ERRORS);

        assertThat(failed(result)).containsExactly("errors == 0");
    }

    @Test
    void increasedLatencyFails() throws Exception {
        Thread slow = Thread.ofVirtual().start(this::endSlownessAfterAChange);
        GateResult result = gate(SHORT, "touch slow; until [ -e enough ]; do sleep 0.05; done; rm slow");
        slow.join();

        assertThat(failed(result))
                .singleElement()
                .asString()
                .startsWith("p99 <= ")
                .endsWith(" before, at least 250 ms)");
    }

    /** Slower by a factor of three is a change to a gate; on a busy machine the reference itself may be half a second. */
    private void endSlownessAfterAChange() {
        try {
            awaitFile(directory.resolve("slow"));
            Duration change = load.slowest().multipliedBy(5);
            Instant begin = Instant.now();
            await("responses are slower than before by a factor of five")
                    .atMost(change.plusSeconds(30))
                    .until(() -> Duration.between(begin, Instant.now()).compareTo(change) > 0);
            Files.createFile(directory.resolve("enough"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void thresholdsOfTheFlockReplaceTheDefaults() throws Exception {
        GateResult result = gate(SHORT, "touch broken; sleep 0.2; rm broken", Threshold.parse("error-rate <= 0.99"));

        assertThat(failed(result)).isEmpty();
    }

    @Test
    void hangingIterationFails() throws Exception {
        GateDurations impatient = new GateDurations(
                Duration.ofMillis(800), Duration.ofSeconds(30), Duration.ofMillis(300), Duration.ofMillis(200));
        GateResult result = gate(impatient, "sleep 0.2; touch stuck");

        assertThat(failed(result)).contains("every iteration that was due has ended");
    }

    @Test
    void commandIsKilledWithItsChildrenAfterTheTimeout() throws Exception {
        GateDurations impatient = new GateDurations(
                Duration.ofMillis(800), Duration.ofMillis(700), Duration.ZERO, Duration.ofSeconds(20));
        GateResult result = gate(impatient, "sleep 60 & echo $! > child; setsid sleep 60 & echo $! > daemon; wait");

        assertThat(result.checks())
                .containsExactly(new Check("the command succeeds", "it was killed after 700 ms", false));
        assertThat(alive(directory.resolve("child"))).isFalse();
        // It has left the session on purpose, as the controller of a local model does.
        assertThat(alive(directory.resolve("daemon"))).isTrue();
        ProcessHandle.of(Long.parseLong(
                        Files.readString(directory.resolve("daemon")).strip()))
                .ifPresent(ProcessHandle::destroy);
    }

    @Test
    void interruptKillsTheCommand() throws Exception {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread gate = Thread.ofPlatform().start(() -> {
            try {
                gate(SHORT, "echo $$ > pid.new; mv pid.new pid; exec sleep 60");
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        awaitFile(directory.resolve("pid"));
        gate.interrupt();

        assertThat(thrown.join()).isInstanceOf(InterruptedException.class);
        assertThat(alive(directory.resolve("pid"))).isFalse();
    }

    @Test
    void shutdownKillsTheCommand() throws Exception {
        List<String> command = JavaCommand.testProgram(GatedProgram.class);
        command.addAll(List.of(directory.toString(), "echo $$ > pid.new; mv pid.new pid; exec sleep 60"));
        Process program = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("printed").toFile())
                .start();
        awaitFile(directory.resolve("pid"));
        // SIGTERM to it alone; an interrupt at a terminal would reach the command, too.
        program.destroy();
        program.onExit().join();

        assertThat(alive(directory.resolve("pid"))).isFalse();
    }

    @Test
    void commandIsNotRunUnderAFailingLoad() throws Exception {
        Files.createFile(directory.resolve("broken"));
        GateResult result = gate(SHORT, "touch done");

        assertThat(failed(result)).containsExactly("'office' is sound before the command", "the command succeeds");
        assertThat(directory.resolve("done")).doesNotExist();
    }

    @Test
    void endedLoadFails() throws Exception {
        ObservedLoad ended = new ObservedLoad(load.observed(NO_ERRORS).flock(), load::figures, () -> true);
        GateResult result = new Gate(SHORT, List.of(ended), InstantSource.system()).run(shell("true"));

        assertThat(failed(result)).containsExactly("the load runs until the end");
    }

    @Test
    void commandInheritsNoSecrets() throws Exception {
        Map<String, String> environment = Map.of(
                "PATH", System.getenv("PATH"),
                "FLEET_ANYTHING", "a",
                "MOBU_ANYTHING", "b",
                "DSN", "postgres://fleet:hush@127.0.0.1/fleet",
                "HOME", "/home/somebody");
        GatedCommand command = new GatedCommand(
                List.of("sh", "-c", "env > '%s'".formatted(directory.resolve("env"))),
                environment,
                List.of(new Secret("hush")));
        new Gate(SHORT, List.of(load.observed()), InstantSource.system()).run(command);

        assertThat(directory.resolve("env"))
                .content()
                .contains("HOME=/home/somebody")
                .doesNotContain("FLEET_", "MOBU_", "hush");
    }

    @Test
    void missingCommandIsNamed() {
        GatedCommand command = new GatedCommand(List.of("/no/such/command", "x"), Map.of(), List.of());
        Gate gate = new Gate(SHORT, List.of(load.observed()), InstantSource.system());

        assertThatThrownBy(() -> gate.run(command))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("cannot run '/no/such/command x': ");
    }
}
