/**
 * Liveness, readiness and status of the unit. {@link io.livepatch.server.health.Readiness} evaluates the health checks once a second, so
 * probes are answered from memory.
 */
@NullMarked
package io.livepatch.server.health;

import org.jspecify.annotations.NullMarked;
