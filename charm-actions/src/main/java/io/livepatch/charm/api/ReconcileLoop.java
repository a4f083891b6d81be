package io.livepatch.charm.api;

import java.util.function.Consumer;
import java.util.function.Supplier;

/** Looks, plans, does, and looks again, until nothing is left to do. */
public final class ReconcileLoop {
    /** A charm whose plan never gets empty undoes its own work; a real one needs at most a handful. */
    private static final int LIMIT = 20;

    private ReconcileLoop() {}

    /**
     * Runs the rounds.
     *
     * @param look looks at the unit as it is now, and plans
     * @param act does one step, or throws
     */
    public static <S extends CharmStep> UnitStatus run(Unit unit, Supplier<Plan<S>> look, Consumer<S> act) {
        for (int round = 0; round < LIMIT; round++) {
            Plan<S> plan = look.get();
            if (plan.steps().isEmpty()) {
                return plan.status();
            }
            for (S step : plan.steps()) {
                unit.setStatus(UnitStatus.maintenance(step.toString()));
                unit.log(step.toString());
                act.accept(step);
            }
        }
        throw new CharmException("after " + LIMIT + " rounds there is still something to do: "
                + look.get().steps());
    }
}
