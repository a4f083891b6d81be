package io.livepatch.charm.reconcile;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Application;
import io.livepatch.charm.model.Application.UnitRecord;
import io.livepatch.charm.model.ApplicationGraph;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.Planner.ObservedAgents.Agent;
import io.livepatch.charm.reconcile.Planner.ObservedAgents.Phase;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Derives the controller's next steps from the model and the agents. Pure. */
public final class Planner {
    private final Model model;
    private final ObservedAgents agents;
    private final ApplicationGraph graph;
    private final Instant now;
    private final List<ControllerStep> steps = new ArrayList<>();

    private Planner(Model model, ObservedAgents agents, Instant now) {
        this.model = model;
        this.agents = agents;
        this.graph = new ApplicationGraph(model);
        this.now = now;
    }

    /** The steps that can be executed now, in order; empty if there is nothing to do but wait. */
    public static List<ControllerStep> plan(Model model, ObservedAgents agents, Instant now) {
        return new Planner(model, agents, now).plan();
    }

    private List<ControllerStep> plan() {
        for (String name : graph.startOrder()) {
            Application app = model.applications().get(name);
            if (app == null) {
                continue;
            }
            app.units().forEach((number, unit) -> plan(new UnitName(name, number), unit));
            unitToMove(name)
                    .ifPresent(unit -> steps.add(
                            new ControllerStep.MoveUnit(unit, app.revision().release())));
            if (app.dying() && app.units().isEmpty()) {
                steps.add(new ControllerStep.ForgetApplication(name));
            }
        }
        agents.agents().keySet().stream()
                .filter(unit -> model.unit(unit).isEmpty())
                .forEach(unit -> steps.add(new ControllerStep.DropAgent(unit)));
        return steps;
    }

    private void plan(UnitName name, UnitRecord unit) {
        Agent agent = agents.agents().get(name);
        if (agent == null) {
            steps.add(new ControllerStep.StartUnit(name, unit.address()));
            return;
        }
        if (agent.phase() == Phase.REMOVED) {
            steps.add(new ControllerStep.ForgetUnit(name));
            return;
        }
        agent.actions().stream()
                .filter(action -> !now.isBefore(action.deadline()))
                .forEach(action -> steps.add(new ControllerStep.ExpireAction(name, action.id())));
        if (unit.dying() && unit.leavingSince().isEmpty()) {
            // Dependents leave first, so that a server keeps its database while it still answers.
            if (dependentsRemain(name)) {
                work(name, agent);
            } else {
                steps.add(new ControllerStep.LeaveUnit(name));
            }
        } else if (unit.leavingSince().isPresent() && removable(agent)) {
            steps.add(new ControllerStep.RemoveUnit(name, agent.phase() != Phase.FINISHED));
        } else if (agent.phase() != Phase.FINISHED) {
            work(name, agent);
        }
    }

    /**
     * The next unit of a rolling refresh: the first that has another revision, when all that have the application's are active. So a
     * release that does not work stops one unit at most, and the leader, which upgrades the schema, is the first.
     */
    private Optional<UnitName> unitToMove(String name) {
        List<UnitName> units = model.aliveUnits(name);
        return units.stream().filter(model::refreshed).allMatch(this::activeAndCurrent)
                ? units.stream().filter(unit -> !model.refreshed(unit)).findFirst()
                : Optional.empty();
    }

    private boolean activeAndCurrent(UnitName name) {
        Agent agent = agents.agents().get(name);
        return agent != null && agent.active() && agent.phase() == Phase.IDLE && current(name, agent);
    }

    private boolean current(UnitName name, Agent agent) {
        return agent.lastSnapshot().filter(UnitSnapshot.of(model, name)::equals).isPresent();
    }

    private boolean dependentsRemain(UnitName name) {
        return graph.requirersOf(name.application()).stream()
                .flatMap(requirer -> model.application(requirer).stream())
                .anyMatch(requirer -> requirer.dying() && !requirer.units().isEmpty());
    }

    /** A unit that has finished, or whose time is up, unless its removal is running or has just failed. */
    private boolean removable(Agent agent) {
        boolean due = agent.phase() == Phase.FINISHED
                || agent.removeBy().filter(by -> !now.isBefore(by)).isPresent();
        return due && agent.phase() != Phase.REMOVING && !now.isBefore(agent.removable());
    }

    private void work(UnitName name, Agent agent) {
        boolean current = current(name, agent);
        if (agent.phase() == Phase.IDLE) {
            reason(agent, current).ifPresent(why -> steps.add(new ControllerStep.ReconcileUnit(name, why)));
        }
        // A changed option is applied before an action begins, so that the action finds it set.
        boolean applied = agent.phase() == Phase.IDLE && current;
        agent.actions().stream()
                .filter(action -> now.isBefore(action.deadline()))
                .filter(action -> action.due() && (applied || action.pending()))
                .forEach(action -> steps.add(new ControllerStep.RunAction(name, action.id())));
    }

    private Optional<ControllerStep.Reason> reason(Agent agent, boolean current) {
        boolean due = !now.isBefore(agent.due());
        if (agent.lastSnapshot().isEmpty()) {
            return due ? Optional.of(ControllerStep.Reason.FIRST) : Optional.empty();
        }
        if (!current) {
            return Optional.of(ControllerStep.Reason.CHANGED);
        }
        return due ? Optional.of(ControllerStep.Reason.DUE) : Optional.empty();
    }

    /** The agents of units at one moment. */
    public record ObservedAgents(Map<UnitName, Agent> agents) {

        public ObservedAgents {
            agents = Collections.unmodifiableMap(new TreeMap<>(agents));
        }

        /** The phase of an agent. */
        public enum Phase {
            IDLE,
            /** The charm is being called. */
            BUSY,
            /** The charm of a leaving unit has finished. */
            FINISHED,
            /** The unit's processes are being stopped and its files deleted. */
            REMOVING,
            /** The unit's processes and files are deleted. */
            REMOVED
        }

        /**
         * One agent.
         *
         * @param lastSnapshot the inputs of the charm's last call
         * @param active whether the unit's status is active
         * @param due the time of the next call without a change
         * @param removeBy when a leaving unit is removed though its charm has not finished
         * @param removable the earliest time of a removal; later after a failed one
         * @param actions its actions that have not ended
         */
        public record Agent(
                Phase phase,
                Optional<UnitSnapshot> lastSnapshot,
                boolean active,
                Instant due,
                Optional<Instant> removeBy,
                Instant removable,
                List<ActionView> actions) {
            public Agent {
                actions = List.copyOf(actions);
            }
        }

        /**
         * An action that has not ended.
         *
         * @param pending whether it is asked again after each call of the charm
         * @param due whether it can be run now
         * @param deadline when it has failed; {@link Instant#MAX} before it has begun
         */
        public record ActionView(int id, boolean pending, boolean due, Instant deadline) {
            public boolean begun() {
                return deadline.isBefore(Instant.MAX);
            }
        }
    }
}
