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
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final UnitName HAPROXY = new UnitName("haproxy", 0);
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

    private static ObservedAgents.Agent idle(
            Optional<UnitSnapshot> lastSnapshot, ObservedAgents.ActionView... actions) {
        return agent(ObservedAgents.Phase.IDLE, lastSnapshot, Optional.empty(), actions);
    }

    private static ObservedAgents.Agent agent(
            ObservedAgents.Phase phase,
            Optional<UnitSnapshot> lastSnapshot,
            Optional<Instant> removeBy,
            ObservedAgents.ActionView... actions) {
        return new ObservedAgents.Agent(
                phase, lastSnapshot, true, NOW.plusSeconds(30), removeBy, Instant.EPOCH, List.of(actions));
    }

    private static ObservedAgents.ActionView action(boolean pending, boolean due) {
        return new ObservedAgents.ActionView(7, pending, due, NOW.plusSeconds(60));
    }

    private static List<String> plan(Model model, ObservedAgents agents) {
        return plan(model, agents, NOW);
    }

    private static List<String> plan(Model model, ObservedAgents agents, Instant now) {
        return Planner.plan(model, agents, now).stream()
                .map(ControllerStep::toString)
                .toList();
    }

    private static ObservedAgents with(Model model, UnitName unit, ObservedAgents.Agent agent) {
        Map<UnitName, ObservedAgents.Agent> agents =
                new TreeMap<>(settled(model).agents());
        agents.put(unit, agent);
        return new ObservedAgents(agents);
    }

    private static ObservedAgents settled(Model model) {
        Map<UnitName, ObservedAgents.Agent> agents = new TreeMap<>();
        model.units().forEach(unit -> agents.put(unit, idle(Optional.of(UnitSnapshot.of(model, unit)))));
        return new ObservedAgents(agents);
    }

    @Test
    void startsUnitsThoseFirstThatOthersNeed() {
        List<ControllerStep> plan = Planner.plan(stack(), new ObservedAgents(Map.of()), NOW);

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
        Model changed =
                new ModelChange.Configure("haproxy", Map.of("strategy", "random"), List.of()).applyTo(stack(), CHARMS);
        Optional<UnitSnapshot> before = Optional.of(UnitSnapshot.of(stack(), HAPROXY));
        Optional<UnitSnapshot> after = Optional.of(UnitSnapshot.of(changed, HAPROXY));

        assertThat(plan(changed, with(changed, HAPROXY, idle(before, action(false, true)))))
                .containsExactly("reconcile haproxy/0, something changed");
        assertThat(plan(changed, with(changed, HAPROXY, idle(after, action(false, true)))))
                .containsExactly("run action 7 on haproxy/0");
    }

    @Test
    void aPendingActionIsAskedWhileTheCharmIsCalledAndEndsWhenItsTimeIsUp() {
        Optional<UnitSnapshot> current = Optional.of(UnitSnapshot.of(stack(), HAPROXY));
        ObservedAgents.Agent busy = agent(ObservedAgents.Phase.BUSY, current, Optional.empty(), action(true, true));

        assertThat(plan(stack(), with(stack(), HAPROXY, busy))).containsExactly("run action 7 on haproxy/0");
        assertThat(plan(stack(), with(stack(), HAPROXY, busy), NOW.plusSeconds(60)))
                .contains("end action 7 on haproxy/0, its time is up")
                .doesNotContain("run action 7 on haproxy/0");
        assertThat(plan(stack(), with(stack(), HAPROXY, idle(current, action(true, false)))))
                .isEmpty();
    }

    @Test
    void addedAndRemovedUnitsAreVisibleToOthers() {
        Model more = new ModelChange.AddUnits("haproxy", 1).applyTo(stack(), CHARMS);
        assertThat(plan(more, settled(stack())))
                .containsExactly(
                        "reconcile livepatch/0, something changed",
                        "reconcile haproxy/0, something changed",
                        "start unit haproxy/1 on 127.0.10.4");

        Model fewer = new ModelChange.RemoveUnits(List.of("haproxy/1")).applyTo(more, CHARMS);
        assertThat(plan(fewer, settled(more)))
                .containsExactly("reconcile haproxy/0, something changed", "begin the removal of unit haproxy/1");
    }

    private static Model leaving(Model model) {
        return new ModelChange.LeaveUnit(HAPROXY, NOW)
                .applyTo(new ModelChange.RemoveUnits(List.of("haproxy/0")).applyTo(model, CHARMS), CHARMS);
    }

    @Test
    void aLeavingUnitIsReconciledUntilItsCharmHasFinished() {
        Model model = leaving(stack());
        Optional<UnitSnapshot> before = Optional.of(UnitSnapshot.of(stack(), HAPROXY));
        Optional<UnitSnapshot> current = Optional.of(UnitSnapshot.of(model, HAPROXY));
        Optional<Instant> later = Optional.of(NOW.plusSeconds(60));

        assertThat(plan(model, with(model, HAPROXY, agent(ObservedAgents.Phase.IDLE, before, later))))
                .containsExactly("reconcile haproxy/0, something changed");
        assertThat(plan(model, with(model, HAPROXY, agent(ObservedAgents.Phase.IDLE, current, later))))
                .isEmpty();
        assertThat(plan(model, with(model, HAPROXY, agent(ObservedAgents.Phase.FINISHED, current, later))))
                .containsExactly("remove unit haproxy/0");
        assertThat(plan(model, with(model, HAPROXY, agent(ObservedAgents.Phase.REMOVING, current, later))))
                .isEmpty();
        assertThat(plan(model, with(model, HAPROXY, agent(ObservedAgents.Phase.REMOVED, current, later))))
                .containsExactly("forget unit haproxy/0");
    }

    @Test
    void aLeavingUnitIsRemovedByForceWhenItsTimeIsUp() {
        Model model = leaving(stack());
        Optional<UnitSnapshot> current = Optional.of(UnitSnapshot.of(model, HAPROXY));
        Optional<Instant> up = Optional.of(NOW);

        for (ObservedAgents.Phase phase : List.of(ObservedAgents.Phase.IDLE, ObservedAgents.Phase.BUSY)) {
            assertThat(plan(model, with(model, HAPROXY, agent(phase, current, up))))
                    .as("%s", phase)
                    .containsExactly("remove unit haproxy/0 by force, its time is up");
        }
    }

    @Test
    void thoseThatNeedOthersLeaveFirstAndTheOthersAreReconciledMeanwhile() {
        Model dying = new ModelChange.RemoveAll().applyTo(stack(), CHARMS);
        assertThat(plan(dying, settled(dying))).containsExactly("begin the removal of unit haproxy/0");

        Model reconfigured = new ModelChange.Configure("livepatch", Map.of("server.drain", "1s"), List.of())
                .applyTo(leaving(dying), CHARMS);
        assertThat(plan(reconfigured, settled(leaving(dying))))
                .containsExactly("reconcile livepatch/0, something changed");
    }

    @Test
    void leavesABusyUnitAlone() {
        Model model = stack();
        ObservedAgents.Agent busy =
                agent(ObservedAgents.Phase.BUSY, Optional.empty(), Optional.empty(), action(false, true));

        assertThat(plan(model, with(model, HAPROXY, busy))).isEmpty();
    }

    /** The leader first, then each when those before it are active. */
    @Test
    void aRefreshMovesOneUnitAfterTheOther() {
        Model model = new ModelChange.Refresh(List.of("livepatch"), "r2")
                .applyTo(new ModelChange.AddUnits("livepatch", 1).applyTo(stack(), CHARMS), CHARMS);
        UnitName first = new UnitName("livepatch", 0);
        UnitName second = new UnitName("livepatch", 1);

        assertThat(plan(model, settled(model))).containsExactly("move unit livepatch/0 to release r2");

        Model moved = new ModelChange.MoveUnit(first).applyTo(model, CHARMS);
        assertThat(plan(moved, settled(model))).containsExactly("reconcile livepatch/0, something changed");
        assertThat(plan(moved, with(moved, first, inactive(moved, first))))
                .as("a release that does not work stops the refresh")
                .isEmpty();
        assertThat(plan(moved, settled(moved))).containsExactly("move unit livepatch/1 to release r2");

        Model back = new ModelChange.Refresh(List.of(), "").applyTo(moved, CHARMS);
        assertThat(back.refreshed(second)).isFalse();
        assertThat(plan(back, with(back, first, inactive(back, first))))
                .as("the way back does not need the unit that failed")
                .containsExactly("move unit livepatch/0 to release ");
    }

    private static ObservedAgents.Agent inactive(Model model, UnitName unit) {
        return new ObservedAgents.Agent(
                ObservedAgents.Phase.IDLE,
                Optional.of(UnitSnapshot.of(model, unit)),
                false,
                NOW.plusSeconds(30),
                Optional.empty(),
                Instant.EPOCH,
                List.of());
    }
}
