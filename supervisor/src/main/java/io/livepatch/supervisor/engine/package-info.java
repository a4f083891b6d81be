/**
 * Runs pools. The face is {@link io.livepatch.supervisor.engine.Supervisor}; everything else is package-private.
 *
 * <p>Deciding is apart from doing, twice. {@code WorkerStateMachine} is a pure function from a worker, an event and a time to the
 * worker's next state and a list of actions; {@code PoolPlan} is a pure function from all workers of a pool to the next moves:
 * fill, retire, replace, swap. {@code WorkerRunner} and {@code PoolEngine} carry them out on one {@code EventLoop} thread, through the
 * seams to processes, probes, meters and balancer. Tests replace loop and seams and simulate.
 */
@NullMarked
package io.livepatch.supervisor.engine;

import org.jspecify.annotations.NullMarked;
