/**
 * The configuration of a run. {@link io.livepatch.fleet.config.FleetConfig} reads a file or reports all its problems, and reads and writes a
 * single flock.
 *
 * <p>An option is declared once, as a component of {@code TargetOptions}, {@code ReplicasOptions}, {@code FlockOptions},
 * {@code WorkOptions} or a section of {@code FleetConfig}; the tables of {@code docs/fleet.md} are generated from these declarations.
 */
@NullMarked
package io.livepatch.fleet.config;

import org.jspecify.annotations.NullMarked;
