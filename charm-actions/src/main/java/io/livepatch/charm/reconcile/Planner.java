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

/** Derives the controller's next steps from the model and the agents. Pure. */
public final class Planner {
    private final Model model;
    private final ObservedAgents agents;
    private final ApplicationGraph graph;

    private Planner(Model model, ObservedAgents agents) {
        this.model = model;
        this.agents = agents;
        this.graph = new ApplicationGraph(model);
    }

    /** The steps that can be executed now, in order; empty if there is nothing to do but wait. */
    public static List<ControllerStep> plan(Model model, ObservedAgents agents, Instant now) {
        return new Planner(model, agents).plan(now);
    }

    private List<ControllerStep> plan(Instant now) {
        List<ControllerStep> steps = new ArrayList<>();
        for (String name : graph.startOrder()) {
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
        agents.agents().keySet().stream()
                .filter(unit -> model.unit(unit).isEmpty())
                .forEach(unit -> steps.add(new ControllerStep.DropAgent(unit)));
        return steps;
    }

    private Optional<ControllerStep> next(UnitName name, UnitRecord unit, Instant now) {
        ObservedAgents.Agent agent = agents.agents().get(name);
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
        // Dependents are removed first, so that a server keeps its database while it still answers.
        boolean needed = graph.requirersOf(name.application()).stream()
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

    /** The agents of units at one moment. */
    public record ObservedAgents(NavigableMap<UnitName, Agent> agents) {

        public ObservedAgents {
            agents = Collections.unmodifiableNavigableMap(new TreeMap<>(agents));
        }

        public static ObservedAgents of(Map<UnitName, Agent> agents) {
            return new ObservedAgents(new TreeMap<>(agents));
        }

        /** The phase of an agent. */
        public enum Phase {
            IDLE,
            BUSY,
            /** The unit's processes and files are deleted. */
            REMOVED
        }

        /**
         * One agent.
         *
         * @param lastSnapshot the inputs of the charm's last call
         * @param due the time of the next call without a change
         * @param removable the earliest time of a removal; later after a failed one
         * @param action the next queued action
         */
        public record Agent(
                Phase phase,
                Optional<UnitSnapshot> lastSnapshot,
                Instant due,
                Instant removable,
                Optional<Integer> action) {}
    }
}
