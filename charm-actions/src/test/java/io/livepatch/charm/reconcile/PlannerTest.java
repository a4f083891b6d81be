package io.livepatch.charm.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Map<String, CharmMetadata> CHARMS = charms();

    private static Map<String, CharmMetadata> charms() {
        Map<String, CharmMetadata> all = new LinkedHashMap<>();
        Stream.of("haproxy", "livepatch", "postgresql").forEach(name -> all.put(name, CharmMetadata.read(name)));
        return all;
    }

    private static Model stack() {
        Model model = Model.empty("127.0.10");
        for (ModelChange change : List.of(
                new ModelChange.Deploy("livepatch", "livepatch", 1, Map.of()),
                new ModelChange.Deploy("postgresql", "postgresql", 1, Map.of()),
                new ModelChange.Deploy("haproxy", "haproxy", 1, Map.of()),
                new ModelChange.Integrate("livepatch:database", "postgresql:database"),
                new ModelChange.Integrate("livepatch", "haproxy"))) {
            model = change.applyTo(model, CHARMS);
        }
        return model;
    }

    private static ObservedAgents.Agent idle(Optional<UnitSnapshot> lastSnapshot) {
        return new ObservedAgents.Agent(
                ObservedAgents.Phase.IDLE, lastSnapshot, NOW.plusSeconds(30), Instant.EPOCH, Optional.empty());
    }

    private static ObservedAgents settled(Model model) {
        Map<UnitName, ObservedAgents.Agent> agents = new TreeMap<>();
        model.units().forEach(unit -> agents.put(unit, idle(Optional.of(UnitSnapshot.of(model, unit)))));
        return ObservedAgents.of(agents);
    }

    @Test
    void startsUnitsThoseFirstThatOthersNeed() {
        List<ControllerStep> plan = Planner.plan(stack(), ObservedAgents.of(Map.of()), NOW);

        assertThat(plan.stream().map(ControllerStep::toString))
                .containsExactly(
                        "start unit postgresql/0 on 127.0.10.2",
                        "start unit livepatch/0 on 127.0.10.1",
                        "start unit haproxy/0 on 127.0.10.3");
    }

    @Test
    void plansNothingWhenEveryUnitHasSeenTheModel() {
        assertThat(Planner.plan(stack(), settled(stack()), NOW)).isEmpty();
    }

    @Test
    void callsOnlyTheUnitWhoseInputsChanged() {
        Model changed =
                new ModelChange.Configure("haproxy", Map.of("strategy", "random"), List.of()).applyTo(stack(), CHARMS);

        assertThat(Planner.plan(changed, settled(stack()), NOW).stream().map(ControllerStep::toString))
                .containsExactly("reconcile haproxy/0, something changed");
    }

    @Test
    void aChangeIsSeenBeforeAnActionRuns() {
        UnitName unit = new UnitName("haproxy", 0);
        Model changed =
                new ModelChange.Configure("haproxy", Map.of("strategy", "random"), List.of()).applyTo(stack(), CHARMS);
        Map<UnitName, ObservedAgents.Agent> agents =
                new TreeMap<>(settled(stack()).agents());
        agents.put(unit, asked(UnitSnapshot.of(stack(), unit)));

        assertThat(Planner.plan(changed, ObservedAgents.of(agents), NOW).stream()
                        .map(ControllerStep::toString))
                .containsExactly("reconcile haproxy/0, something changed");
        agents.put(unit, asked(UnitSnapshot.of(changed, unit)));
        assertThat(Planner.plan(changed, ObservedAgents.of(agents), NOW).stream()
                        .map(ControllerStep::toString))
                .containsExactly("run action 7 on haproxy/0");
    }

    private static ObservedAgents.Agent asked(UnitSnapshot lastSnapshot) {
        return new ObservedAgents.Agent(
                ObservedAgents.Phase.IDLE,
                Optional.of(lastSnapshot),
                NOW.plusSeconds(30),
                Instant.EPOCH,
                Optional.of(7));
    }

    @Test
    void addedAndRemovedUnitsAreVisibleToOthers() {
        Model more = new ModelChange.AddUnits("haproxy", 1).applyTo(stack(), CHARMS);
        assertThat(Planner.plan(more, settled(stack()), NOW).stream().map(ControllerStep::toString))
                .containsExactly(
                        "reconcile livepatch/0, something changed",
                        "reconcile haproxy/0, something changed",
                        "start unit haproxy/1 on 127.0.10.4");

        Model fewer = new ModelChange.RemoveUnits(List.of("haproxy/1")).applyTo(more, CHARMS);
        assertThat(Planner.plan(fewer, settled(more), NOW).stream().map(ControllerStep::toString))
                .containsExactly("reconcile haproxy/0, something changed", "remove unit haproxy/1");
    }

    @Test
    void removesThoseFirstThatNeedOthers() {
        Model dying = new ModelChange.RemoveAll().applyTo(stack(), CHARMS);

        assertThat(Planner.plan(dying, settled(dying), NOW).stream().map(ControllerStep::toString))
                .containsExactly("remove unit haproxy/0");
    }

    @Test
    void leavesABusyUnitAlone() {
        Map<UnitName, ObservedAgents.Agent> agents =
                new TreeMap<>(settled(stack()).agents());
        UnitName unit = new UnitName("haproxy", 0);
        agents.put(
                unit,
                new ObservedAgents.Agent(
                        ObservedAgents.Phase.BUSY, Optional.empty(), Instant.EPOCH, Instant.EPOCH, Optional.of(7)));

        assertThat(Planner.plan(stack(), ObservedAgents.of(agents), NOW)).isEmpty();
    }

    /** Whatever happens in whatever order: changes, crashes between any two steps, steps done twice. */
    @RepeatedTest(200)
    void convergesHoweverItIsInterrupted(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        World world = new World(stack(), random);
        List<ModelChange> wishes = List.of(
                new ModelChange.Configure("haproxy", Map.of("strategy", "random"), List.of()),
                new ModelChange.AddUnits("haproxy", 2),
                new ModelChange.RemoveUnits(List.of("haproxy/leader")),
                new ModelChange.RemoveApplication("haproxy"),
                new ModelChange.Deploy("haproxy", "edge", 1, Map.of()),
                new ModelChange.Configure("livepatch", Map.of("server.drain", "1s"), List.of()));
        for (ModelChange wish : wishes) {
            world.stumble();
            world.model = wish.applyTo(world.model, CHARMS);
        }
        if (random.nextBoolean()) {
            world.stumble();
            world.model = new ModelChange.RemoveAll().applyTo(world.model, CHARMS);
        }
        world.settle();

        assertThat(Planner.plan(world.model, world.actual(), NOW)).isEmpty();
        assertThat(world.agents.keySet()).containsExactlyElementsOf(world.model.units());
        assertThat(world.model.applications().values()).noneMatch(app -> app.dying());
        world.agents.forEach(
                (unit, agent) -> assertThat(agent.lastSnapshot()).contains(UnitSnapshot.of(world.model, unit)));
    }

    /** A controller in miniature: agents live in memory, the model on disk. */
    private static final class World {
        private final Random random;
        private Model model;
        private final Map<UnitName, ObservedAgents.Agent> agents = new TreeMap<>();

        World(Model model, Random random) {
            this.model = model;
            this.random = random;
        }

        ObservedAgents actual() {
            return ObservedAgents.of(agents);
        }

        /** Some steps, and then perhaps a kill. */
        void stumble() {
            for (int i = random.nextInt(8); i > 0; i--) {
                List<ControllerStep> plan = Planner.plan(model, actual(), NOW);
                if (!plan.isEmpty()) {
                    ControllerStep controllerStep = plan.get(random.nextInt(plan.size()));
                    act(controllerStep);
                    if (random.nextInt(3) == 0) {
                        act(controllerStep);
                    }
                }
            }
            if (random.nextInt(3) == 0) {
                agents.clear();
            }
        }

        void settle() {
            for (int rounds = 0; rounds < 100; rounds++) {
                List<ControllerStep> plan = Planner.plan(model, actual(), NOW);
                if (plan.isEmpty()) {
                    return;
                }
                plan.forEach(this::act);
            }
        }

        private void act(ControllerStep controllerStep) {
            switch (controllerStep) {
                case ControllerStep.StartUnit start ->
                    agents.putIfAbsent(
                            start.unit(),
                            new ObservedAgents.Agent(
                                    ObservedAgents.Phase.IDLE,
                                    Optional.empty(),
                                    Instant.EPOCH,
                                    Instant.EPOCH,
                                    Optional.empty()));
                case ControllerStep.ReconcileUnit reconcile -> {
                    if (model.unit(reconcile.unit()).isPresent()) {
                        agents.replace(reconcile.unit(), idle(Optional.of(UnitSnapshot.of(model, reconcile.unit()))));
                    }
                }
                case ControllerStep.RunAction run -> throw new AssertionError("nobody asked for " + run);
                case ControllerStep.RemoveUnit remove ->
                    agents.computeIfPresent(
                            remove.unit(),
                            (unit, agent) -> new ObservedAgents.Agent(
                                    ObservedAgents.Phase.REMOVED,
                                    agent.lastSnapshot(),
                                    agent.due(),
                                    Instant.EPOCH,
                                    Optional.empty()));
                case ControllerStep.ForgetUnit forget -> {
                    model = new ModelChange.ForgetUnit(forget.unit()).applyTo(model, CHARMS);
                    if (random.nextBoolean()) {
                        agents.remove(forget.unit());
                    }
                }
                case ControllerStep.ForgetApplication forget ->
                    model = new ModelChange.ForgetApplication(forget.application()).applyTo(model, CHARMS);
                case ControllerStep.DropAgent drop -> agents.remove(drop.unit());
            }
        }
    }
}
