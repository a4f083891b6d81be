/**
 * Runs pools. {@link io.livepatch.supervisor.engine.Supervisor} is the public entry point.
 *
 * <p>Decisions are separate from effects on two levels. {@code WorkerStateMachine} is a pure function from a worker, an event and a
 * time to the worker's next state and a list of actions; {@code PoolPlan} is a pure function from a snapshot of a pool to its next
 * action: fill, retire, replace, swap. {@code WorkerRunner} and {@code PoolActionExecutor} execute the actions on one {@code
 * EventLoop} thread, through interfaces to processes, probes, usage readers and the balancer, which tests simulate.
 */
@NullMarked
package io.livepatch.supervisor.engine;

import org.jspecify.annotations.NullMarked;
