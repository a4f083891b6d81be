/**
 * The words of supervising: what a pool is to run ({@link io.livepatch.supervisor.PoolSpec}), what its workers are doing
 * ({@link io.livepatch.supervisor.WorkerInfo}, {@link io.livepatch.supervisor.PoolEvent}), and what may be asked of it
 * ({@link io.livepatch.supervisor.Pool}). Records and interfaces only; an instance is valid or was not built.
 *
 * <p>{@code io.livepatch.supervisor.engine.Supervisor} runs pools. All other packages depend on this one, and this one on none.
 */
@NullMarked
package io.livepatch.supervisor;

import org.jspecify.annotations.NullMarked;
