/**
 * Keeps the workers of a pool alive: starts them, starts them again with growing pauses when they end, stops them
 * gracefully and then by force, writes their output to rotated files, and lets none outlive this JVM.
 *
 * <p>The face: {@link io.livepatch.supervisor.Supervisor} runs a {@link io.livepatch.supervisor.PoolSpec} and answers a
 * {@link io.livepatch.supervisor.Pool}, whose {@link io.livepatch.supervisor.WorkerInfo}s and
 * {@link io.livepatch.supervisor.PoolListener} say what is going on. Everything else is package-private.
 *
 * <p>Inside, deciding is apart from doing. {@code WorkerLife} is a pure function from a worker, an event and a time to the
 * worker's next state and a list of actions; {@code WorkerSlot} carries the actions out on one {@code Loop} thread through the
 * {@code Processes} seam, whose real side is {@code LinuxProcesses}. Tests replace loop and processes and simulate.
 */
@NullMarked
package io.livepatch.supervisor;

import org.jspecify.annotations.NullMarked;
