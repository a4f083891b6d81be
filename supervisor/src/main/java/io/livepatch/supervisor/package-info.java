/**
 * The model of a process supervisor: the configuration of a pool ({@link io.livepatch.supervisor.PoolSpec}), the state of its workers
 * ({@link io.livepatch.supervisor.WorkerInfo}, {@link io.livepatch.supervisor.PoolEvent}) and its operations ({@link
 * io.livepatch.supervisor.Pool}). Records and interfaces only, validated by their constructors.
 *
 * <p>{@code io.livepatch.supervisor.engine.Supervisor} runs pools. This package depends on no other one.
 */
@NullMarked
package io.livepatch.supervisor;

import org.jspecify.annotations.NullMarked;
