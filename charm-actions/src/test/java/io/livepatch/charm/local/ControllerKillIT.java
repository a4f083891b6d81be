package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.testing.Load;
import io.livepatch.charm.testing.LocalModel;
import io.livepatch.charm.testing.ShownCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The controller as a process that is killed, and commands at the same time, with real haproxy units and a server under load. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ControllerKillIT {
    private static final int KILLS = Integer.getInteger("controller.kills", 20);
    private static final Duration SOON = Duration.ofMinutes(1);
    private LocalModel model;

    @BeforeEach
    void open() {
        model = new LocalModel("127.0.87");
    }

    @AfterEach
    void close() {
        model.close();
    }

    private Optional<ProcessHandle> controller() {
        return model.process("ControllerMain");
    }

    private Model stored() {
        return ModelStore.read(model.home().resolve("model.json")).orElseGet(() -> Model.empty("127.0.87"));
    }

    private String address(String unit) {
        return model.juju("show-unit", unit, "--format", "json")
                .json()
                .path(unit)
                .path("address")
                .asString();
    }

    /** Gives a command and kills the controller at a random moment until {@code longest} after its beginning. */
    private void killDuring(Random random, Duration longest, String... command) {
        CompletableFuture<LocalModel.Outcome> outcome = CompletableFuture.supplyAsync(() -> model.juju(command));
        LockSupport.parkNanos(random.nextLong(longest.toNanos()));
        controller().ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
        outcome.join();
    }

    private static String[] command(Random random, Model model) {
        List<String> units =
                model.aliveUnits("haproxy").stream().map(Object::toString).toList();
        boolean edge = model.application("edge").isPresent();
        return switch (random.nextInt(units.size() > 1 ? 4 : 3)) {
            case 0 -> new String[] {"config", "haproxy", "timeout-client=" + (20 + random.nextInt(40))};
            case 1 -> new String[] {"add-unit", "haproxy"};
            case 2 ->
                edge
                        ? new String[] {"remove-application", "--no-prompt", "edge"}
                        : new String[] {"deploy", "haproxy", "edge"};
            default -> new String[] {"remove-unit", "--no-prompt", units.getLast()};
        };
    }

    /** The processes of the units that no command changes. */
    private Map<String, Long> lasting() {
        return Stream.of("StandInServer", "postgresql-0/data", "haproxy-0/haproxy.cfg", "supervisor.cli.Main")
                .collect(Collectors.toMap(
                        word -> word, word -> model.process(word).orElseThrow().pid()));
    }

    @Test
    void modelAndProcessesAgreeAfterKillsAtRandomMoments() {
        long seed = Long.getLong("controller.seed", System.nanoTime());
        Random random = new Random(seed);
        model.juju("deploy", "livepatch").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        Map<String, Long> before = lasting();
        try (Load load = Load.on("127.0.87.1", 8080);
                ShownCertificate.Load throughHaproxy = ShownCertificate.Load.on(address("haproxy/0"), 8443)) {
            for (int i = 0; i < KILLS; i++) {
                // While the controller starts, during the command, or while the units follow.
                killDuring(random, Duration.ofSeconds(5), command(random, stored()));
            }
            model.juju("config", "haproxy", "timeout-client=42").expectSuccess();
            // Not if it is being removed, since it can be gone when the command arrives.
            if (!stored().aliveUnits("edge").isEmpty()) {
                // It has no server, and so it is never active.
                model.juju("remove-application", "--no-prompt", "edge").expectSuccess();
            }
            model.juju("wait-for", "--timeout", "2m").expectSuccess();
            load.awaitMore(100);
            assertThat(load.failures()).as("controller.seed=" + seed).isEmpty();
            throughHaproxy.awaitMore(20);
            assertThat(throughHaproxy.failures()).as("controller.seed=" + seed).isEmpty();
        }
        assertThat(lasting()).as("controller.seed=" + seed).isEqualTo(before);

        await("model and processes agree, controller.seed=" + seed).atMost(SOON).untilAsserted(() -> {
            Model settled = stored();
            Set<String> proxies = settled.units().stream()
                    .filter(unit -> !Set.of("livepatch", "postgresql").contains(unit.application()))
                    .map(unit -> unit.fileName())
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(settled.units())
                    .allMatch(unit -> settled.aliveUnits(unit.application()).contains(unit));
            assertThat(directories()).as("directories").containsAll(proxies).hasSize(proxies.size() + 2);
            assertThat(masters()).as("haproxy masters").containsExactlyElementsOf(proxies);
            for (var unit : settled.aliveUnits("haproxy")) {
                assertThat(model.home()
                                .resolve("units")
                                .resolve(unit.fileName())
                                .resolve("haproxy.cfg"))
                        .content()
                        .contains("timeout client 42s");
            }
        });
        assertThat(model.juju("status").expectSuccess().out()).contains("haproxy");
    }

    private Set<String> directories() {
        try (Stream<Path> units = Files.list(model.home().resolve("units"))) {
            return units.map(unit -> String.valueOf(unit.getFileName())).collect(Collectors.toCollection(TreeSet::new));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The units of running haproxy masters, one entry for each process. */
    private List<String> masters() {
        List<String> units = new ArrayList<>();
        for (ProcessHandle process : model.processes()) {
            boolean worker =
                    process.parent().filter(model.processes()::contains).isPresent()
                            && process.parent()
                                    .flatMap(it -> it.info().command())
                                    .orElse("")
                                    .endsWith("haproxy");
            if (process.info().command().orElse("").endsWith("haproxy") && !worker) {
                String line = process.info().commandLine().orElse("");
                units.add(line.replaceAll(".*/units/([a-z-]+[0-9]+)/.*", "$1"));
            }
        }
        return units.stream().sorted().toList();
    }

    @Test
    void commandsOfTwoShellsAreBothApplied() {
        model.juju("deploy", "haproxy").expectSuccess();
        List<CompletableFuture<LocalModel.Outcome>> commands = Stream.of(
                        new String[] {"config", "haproxy", "timeout-client=41"},
                        new String[] {"config", "haproxy", "timeout-server=43"},
                        new String[] {"add-unit", "haproxy"},
                        new String[] {"add-unit", "haproxy", "-n", "2"})
                .map(command -> CompletableFuture.supplyAsync(() -> model.juju(command)))
                .toList();
        commands.forEach(command -> command.join().expectSuccess());

        assertThat(stored().aliveUnits("haproxy").stream().map(Object::toString))
                .containsExactly("haproxy/0", "haproxy/1", "haproxy/2", "haproxy/3");
        assertThat(stored().application("haproxy").orElseThrow().config())
                .containsEntry("timeout-client", "41")
                .containsEntry("timeout-server", "43");
    }

    @Test
    void ofTwoShellsThatRemoveTheSameUnitBothSucceedAndOnlyOneUnitGoes() {
        model.juju("deploy", "haproxy").expectSuccess();
        model.juju("add-unit", "haproxy", "-n", "2").expectSuccess();
        List<CompletableFuture<LocalModel.Outcome>> removals = Stream.generate(() ->
                        CompletableFuture.supplyAsync(() -> model.juju("remove-unit", "--no-prompt", "haproxy/1")))
                .limit(2)
                .toList();
        List<LocalModel.Outcome> outcomes =
                removals.stream().map(CompletableFuture::join).toList();

        assertThat(outcomes).anyMatch(outcome -> outcome.exit() == 0);
        assertThat(outcomes)
                .allMatch(outcome -> outcome.exit() == 0 || outcome.err().contains("haproxy/1"));
        await("haproxy/1 is gone")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(stored().units().stream().map(Object::toString))
                        .containsExactly("haproxy/0", "haproxy/2"));
    }
}
