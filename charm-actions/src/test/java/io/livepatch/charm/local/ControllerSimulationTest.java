package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.ActionHistory;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * The real controller and agents under random commands, failing charms, slow services, and kills between any two writes: 50 seeds here,
 * 1,000 in {@link ControllerSimulationIT}. A failure names its seed; {@code -Dsimulation.seed=N} runs it alone.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ControllerSimulationTest {
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private static Level before = Level.WARN;

    @TempDir
    private Path directory;

    /** Charms fail thousands of times here. */
    @BeforeAll
    static void beQuiet() {
        before = ROOT.getLevel();
        ROOT.setLevel(Level.OFF);
    }

    @AfterAll
    static void logAgain() {
        ROOT.setLevel(before);
    }

    /** How many seeds are tried. */
    int seeds() {
        return 50;
    }

    @Test
    void everyWishIsFulfilledAndNoRequestFailsWhateverIsKilledAndFails() {
        Integer only = Integer.getInteger("simulation.seed");
        int last = Integer.getInteger("simulation.seeds", seeds());
        for (int seed = only == null ? 1 : only; seed <= (only == null ? last : only); seed++) {
            try {
                new Run(seed, directory.resolve("seed-" + seed)).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** One seed. */
    private static final class Run {
        private final Random random;
        private final SimulatedWorld world;
        /** What the commands that succeeded have asked for. */
        private final Map<String, String> colors = new TreeMap<>();

        private final Set<UnitName> units = new TreeSet<>();
        private final Set<UnitName> removed = new TreeSet<>();
        /** Of actions; those of a killed controller are never completed. */
        private final List<CompletableFuture<ActionResult>> results = new ArrayList<>();

        Run(int seed, Path directory) {
            random = new Random(seed);
            world = new SimulatedWorld(random, directory);
        }

        void run() {
            command(new ModelChange.Deploy("sim-db", "db", 1, Map.of()));
            command(new ModelChange.Deploy("sim-web", "web", 2, Map.of()));
            command(new ModelChange.Deploy("sim-proxy", "proxy", 1, Map.of()));
            command(new ModelChange.Integrate("db", "web"));
            command(new ModelChange.Integrate("web", "proxy"));
            int events = 40 + random.nextInt(200);
            for (int i = 0; i < events; i++) {
                event();
            }
            world.endMisfortunes();
            settle();
            check();
        }

        private void event() {
            switch (random.nextInt(20)) {
                case 0 -> randomCommand();
                case 1, 2, 3, 4 -> world.advance(Duration.ofMillis(random.nextInt(3_000)));
                case 5, 6, 7, 8, 9 -> world.step();
                case 10 -> {
                    if (world.misfortune(5)) {
                        world.kill();
                    }
                }
                default -> world.runTask();
            }
        }

        private void randomCommand() {
            List<UnitName> web = world.disk().aliveUnits("web");
            switch (random.nextInt(6)) {
                case 0 -> command(new ModelChange.AddUnits("web", 1 + random.nextInt(2)));
                case 1 -> command(new ModelChange.AddUnits("proxy", 1));
                case 2 -> removeOne(web);
                case 3 -> removeOne(world.disk().aliveUnits("proxy"));
                case 4 -> {
                    String app = List.of("db", "web", "proxy").get(random.nextInt(3));
                    String color = "color-" + random.nextInt(1_000);
                    if (command(new ModelChange.Configure(app, Map.of("color", color), List.of()))) {
                        colors.put(app, color);
                    }
                }
                default -> web.stream().findAny().ifPresent(this::action);
            }
        }

        private void removeOne(List<UnitName> units) {
            if (units.size() > 1) {
                command(new ModelChange.RemoveUnits(
                        List.of(units.get(random.nextInt(units.size())).toString())));
            }
        }

        private void action(UnitName unit) {
            world.survive(() -> world.controller().agent(unit).ifPresent(agent -> {
                Model after = world.controller()
                        .context()
                        .store()
                        .update(model -> ActionHistory.begin(model, unit.toString(), "count", world.now()));
                Charm charm = world.controller().charmOf(unit);
                ActionSpec spec = charm.metadata().action("count");
                CompletableFuture<ActionResult> result = agent.actions()
                        .queue(after.actions().lastKey(), spec, charm.actions().get("count"), Map.of(), _ -> {});
                results.add(result);
            }));
        }

        /** Gives a command; one that was interrupted by a kill has been executed whole, or not at all. */
        private boolean command(ModelChange change) {
            Model before = world.disk();
            boolean answered = world.survive(() -> world.controller().change(change));
            Model after = world.disk();
            Set<UnitName> alive = alive(after);
            if (answered || !alive.equals(alive(before))) {
                Set<UnitName> gone = new TreeSet<>(alive(before));
                gone.removeAll(alive);
                removed.addAll(gone);
                units.removeAll(gone);
                units.addAll(alive);
            }
            boolean deployed = change instanceof ModelChange.Deploy || change instanceof ModelChange.Integrate;
            if (!answered && deployed && after.equals(before)) {
                return command(change);
            }
            return answered || !after.applications().equals(before.applications());
        }

        private static Set<UnitName> alive(Model model) {
            return model.applications().keySet().stream()
                    .flatMap(app -> model.aliveUnits(app).stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        /** Lets everything end that has begun: at most half an hour, in which a unit may be removed by force. */
        private void settle() {
            for (int second = 0; second < 1_800; second++) {
                boolean worked = true;
                for (int i = 0; worked && i < 1_000; i++) {
                    worked = world.step();
                    while (world.runTask()) {
                        worked = true;
                    }
                }
                if (settled()) {
                    return;
                }
                world.advance(Duration.ofSeconds(1));
            }
        }

        private boolean settled() {
            return world.controller().settled()
                    && world.disk().actions().values().stream()
                            .noneMatch(action -> action.outcome() == ActionRecord.Outcome.RUNNING)
                    && world.disk().units().stream()
                            .allMatch(unit -> world.controller()
                                            .context()
                                            .statuses()
                                            .of(unit)
                                            .status()
                                            .kind()
                                    == UnitStatus.Kind.ACTIVE);
        }

        private void check() {
            List<String> states = new ArrayList<>();
            world.disk()
                    .units()
                    .forEach(unit -> states.add(unit + " "
                            + world.controller().context().statuses().of(unit).status() + " "
                            + world.disk().unit(unit)));
            assertThat(settled()).as("settled: %s", states).isTrue();
            assertThat(world.controller().preview(world.disk())).as("plan").isEmpty();
            assertThat(world.disk().units()).as("units").containsExactlyElementsOf(units);
            assertThat(world.disk().units())
                    .as("units, one of which is removed")
                    .noneMatch(removed::contains);
            colors.forEach((app, color) -> assertThat(
                            world.disk().application(app).orElseThrow().config())
                    .as("options of %s", app)
                    .containsEntry("color", color));
            assertThat(world.disk().actions().values())
                    .as("actions")
                    .noneMatch(action -> action.outcome() == ActionRecord.Outcome.RUNNING);
            assertThat(results.stream().filter(CompletableFuture::isDone).count())
                    .as("actions with an answer")
                    .isLessThanOrEqualTo(world.disk().actions().size());
            assertThat(world.disk().actions().entrySet())
                    .as("actions that waited when the controller was killed: %s", world.pendingAtKills())
                    .noneMatch(entry -> world.pendingAtKills().contains(entry.getKey())
                            && entry.getValue().outcome() == ActionRecord.Outcome.ABORTED);
            // All charms finish in time.
            assertThat(world.metrics()).doesNotContain("forced_removals_total{");
        }
    }
}
