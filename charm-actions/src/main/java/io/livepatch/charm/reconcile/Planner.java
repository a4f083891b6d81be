package io.livepatch.charm.reconcile;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Application;
import io.livepatch.charm.model.Dependencies;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.UnitEntry;
import io.livepatch.charm.model.UnitInputs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Compares the model with what there is. */
public final class Planner {
    private final Model model;
    private final Actual actual;
    private final Dependencies dependencies;

    private Planner(Model model, Actual actual) {
        this.model = model;
        this.actual = actual;
        this.dependencies = new Dependencies(model);
    }

    /** What can be done now, in the order to do it; empty when all that is left has to be waited for. */
    public static List<Step> plan(Model model, Actual actual, Instant now) {
        return new Planner(model, actual).plan(now);
    }

    private List<Step> plan(Instant now) {
        List<Step> steps = new ArrayList<>();
        for (String name : dependencies.startOrder()) {
            Application app = model.applications().get(name);
            if (app == null) {
                continue;
            }
            app.units()
                    .forEach((number, unit) ->
                            next(new UnitName(name, number), unit, now).ifPresent(steps::add));
            if (app.dying() && app.units().isEmpty()) {
                steps.add(new Step.ForgetApplication(name));
            }
        }
        actual.agents().keySet().stream()
                .filter(unit -> model.unit(unit).isEmpty())
                .forEach(unit -> steps.add(new Step.DropAgent(unit)));
        return steps;
    }

    private Optional<Step> next(UnitName name, UnitEntry unit, Instant now) {
        Actual.Agent agent = actual.agents().get(name);
        if (agent == null) {
            return Optional.of(new Step.StartUnit(name, unit.address()));
        }
        return switch (agent.phase()) {
            case BUSY -> Optional.empty();
            case REMOVED -> Optional.of(new Step.ForgetUnit(name));
            case IDLE -> unit.dying() ? removal(name, agent, now) : work(name, agent, now);
        };
    }

    private Optional<Step> removal(UnitName name, Actual.Agent agent, Instant now) {
        // Those that need it go first: a server is not cut off from its database while it still answers.
        boolean needed = dependencies.requirersOf(name.application()).stream()
                .flatMap(requirer -> model.application(requirer).stream())
                .anyMatch(requirer -> requirer.dying() && !requirer.units().isEmpty());
        return needed || now.isBefore(agent.removable()) ? Optional.empty() : Optional.of(new Step.RemoveUnit(name));
    }

    private Optional<Step> work(UnitName name, Actual.Agent agent, Instant now) {
        if (agent.seen().isEmpty() && !now.isBefore(agent.due())) {
            return Optional.of(new Step.ReconcileUnit(name, Step.Reason.FIRST));
        }
        if (agent.seen()
                .filter(seen -> !seen.equals(UnitInputs.of(model, name)))
                .isPresent()) {
            return Optional.of(new Step.ReconcileUnit(name, Step.Reason.CHANGED));
        }
        // A changed option is applied before an action runs, so that the action finds it set.
        if (agent.action().isPresent()) {
            return Optional.of(new Step.RunAction(name, agent.action().get()));
        }
        return now.isBefore(agent.due())
                ? Optional.empty()
                : Optional.of(new Step.ReconcileUnit(name, Step.Reason.DUE));
    }
}
