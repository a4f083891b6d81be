package io.livepatch.charm.reconcile;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Application;
import io.livepatch.charm.model.Application.UnitRecord;
import io.livepatch.charm.model.ApplicationGraph;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.UnitSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Compares the model with what there is. */
public final class Planner {
    private final Model model;
    private final ObservedAgents observedAgents;
    private final ApplicationGraph applicationGraph;

    private Planner(Model model, ObservedAgents observedAgents) {
        this.model = model;
        this.observedAgents = observedAgents;
        this.applicationGraph = new ApplicationGraph(model);
    }

    /** What can be done now, in the order to do it; empty when all that is left has to be waited for. */
    public static List<ControllerStep> plan(Model model, ObservedAgents observedAgents, Instant now) {
        return new Planner(model, observedAgents).plan(now);
    }

    private List<ControllerStep> plan(Instant now) {
        List<ControllerStep> steps = new ArrayList<>();
        for (String name : applicationGraph.startOrder()) {
            Application app = model.applications().get(name);
            if (app == null) {
                continue;
            }
            app.units()
                    .forEach((number, unit) ->
                            next(new UnitName(name, number), unit, now).ifPresent(steps::add));
            if (app.dying() && app.units().isEmpty()) {
                steps.add(new ControllerStep.ForgetApplication(name));
            }
        }
        observedAgents.agents().keySet().stream()
                .filter(unit -> model.unit(unit).isEmpty())
                .forEach(unit -> steps.add(new ControllerStep.DropAgent(unit)));
        return steps;
    }

    private Optional<ControllerStep> next(UnitName name, UnitRecord unit, Instant now) {
        ObservedAgents.Agent agent = observedAgents.agents().get(name);
        if (agent == null) {
            return Optional.of(new ControllerStep.StartUnit(name, unit.address()));
        }
        return switch (agent.phase()) {
            case BUSY -> Optional.empty();
            case REMOVED -> Optional.of(new ControllerStep.ForgetUnit(name));
            case IDLE -> unit.dying() ? removal(name, agent, now) : work(name, agent, now);
        };
    }

    private Optional<ControllerStep> removal(UnitName name, ObservedAgents.Agent agent, Instant now) {
        // Those that need it go first: a server is not cut off from its database while it still answers.
        boolean needed = applicationGraph.requirersOf(name.application()).stream()
                .flatMap(requirer -> model.application(requirer).stream())
                .anyMatch(requirer -> requirer.dying() && !requirer.units().isEmpty());
        return needed || now.isBefore(agent.removable())
                ? Optional.empty()
                : Optional.of(new ControllerStep.RemoveUnit(name));
    }

    private Optional<ControllerStep> work(UnitName name, ObservedAgents.Agent agent, Instant now) {
        if (agent.lastSnapshot().isEmpty() && !now.isBefore(agent.due())) {
            return Optional.of(new ControllerStep.ReconcileUnit(name, ControllerStep.Reason.FIRST));
        }
        if (agent.lastSnapshot()
                .filter(lastSnapshot -> !lastSnapshot.equals(UnitSnapshot.of(model, name)))
                .isPresent()) {
            return Optional.of(new ControllerStep.ReconcileUnit(name, ControllerStep.Reason.CHANGED));
        }
        // A changed option is applied before an action runs, so that the action finds it set.
        if (agent.action().isPresent()) {
            return Optional.of(new ControllerStep.RunAction(name, agent.action().get()));
        }
        return now.isBefore(agent.due())
                ? Optional.empty()
                : Optional.of(new ControllerStep.ReconcileUnit(name, ControllerStep.Reason.DUE));
    }

    /** What there is: the agents of units, as they are at one moment. */
    public record ObservedAgents(NavigableMap<UnitName, Agent> agents) {

        public ObservedAgents {
            agents = Collections.unmodifiableNavigableMap(new TreeMap<>(agents));
        }

        public static ObservedAgents of(Map<UnitName, Agent> agents) {
            return new ObservedAgents(new TreeMap<>(agents));
        }

        /** What an agent is at. */
        public enum Phase {
            IDLE,
            BUSY,
            /** Its unit's processes and files are gone. */
            REMOVED
        }

        /**
         * One agent.
         *
         * @param lastSnapshot what its charm saw when it was called last and all went well
         * @param due when to call it again even if nothing changed
         * @param removable when to try to remove it, should it be dying: later after a failure
         * @param action the action that waits to be run
         */
        public record Agent(
                Phase phase, Optional<UnitSnapshot> lastSnapshot, Instant due, Instant removable, Optional<Integer> action) {}
    }
}
