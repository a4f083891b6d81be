/**
 * The configuration of a run. {@link io.livepatch.fleet.config.FleetConfig} reads a file or reports everything that is wrong with it;
 * {@link io.livepatch.fleet.config.FlockFormat} reads and writes one flock.
 *
 * <p>An option is declared once, as a component of {@code ServerOptions}, {@code ReplicasOptions}, {@code FlockOptions},
 * {@code WorkOptions} or a section of {@code FleetConfig}; the tables of {@code docs/fleet.md} are made of these declarations.
 */
@NullMarked
package io.livepatch.fleet.config;

import org.jspecify.annotations.NullMarked;
