package io.livepatch.charm.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The steps that bring a unit closer to its desired state, and its status after them. An empty plan means that nothing is missing,
 * or that the unit waits for another unit or for the operator.
 *
 * @param <E> what executes the steps
 */
public record Plan<E>(List<Step<E>> steps, UnitStatus status) {
    /** A plan that never gets empty undoes its own work; a charm needs at most a handful of rounds. */
    private static final int MAX_ROUNDS = 20;

    public Plan {
        steps = List.copyOf(steps);
    }

    /**
     * One step, decided but not yet executed.
     *
     * @param text one line for the operator, without secrets: the same in the log, in the status and in a test's expectation
     * @param action executes it; may be repeated after it was executed in whole or in part
     */
    public record Step<E>(String text, Consumer<E> action) {

        private void execute(Unit unit, E executor) {
            long begun = System.nanoTime();
            Optional<String> failure = Optional.of("interrupted by an error");
            try {
                action.accept(executor);
                failure = Optional.empty();
            } catch (RuntimeException e) {
                failure = Optional.of(String.valueOf(e.getMessage()));
                throw e;
            } finally {
                unit.stepEnded(text, Duration.ofNanos(System.nanoTime() - begun), failure);
            }
        }

        @Override
        public String toString() {
            return text;
        }
    }

    public static <E> Plan<E> nothing(UnitStatus status) {
        return new Plan<>(List.of(), status);
    }

    /**
     * Plans and executes until a plan is empty.
     *
     * @param planner observes the unit and plans
     * @return the status of the last plan
     */
    public static <E> UnitStatus execute(Unit unit, Supplier<Plan<E>> planner, E executor) {
        for (int round = 0; round < MAX_ROUNDS; round++) {
            Plan<E> plan = planner.get();
            if (plan.steps.isEmpty()) {
                return plan.status;
            }
            for (Step<E> step : plan.steps) {
                unit.setStatus(UnitStatus.maintenance(step.text));
                step.execute(unit, executor);
            }
        }
        throw new CharmException(
                "after " + MAX_ROUNDS + " rounds there are still steps to execute: " + planner.get().steps);
    }
}
