/**
 * The file that says what to supervise. {@link io.livepatch.supervisor.config.SupervisorFile} reads it into a
 * {@link io.livepatch.supervisor.config.SupervisorConfig} or refuses it with every problem;
 * {@link io.livepatch.supervisor.config.Check} checks it before anything runs,
 * {@link io.livepatch.supervisor.config.Explain} explains what is going to happen and when, and
 * {@link io.livepatch.supervisor.config.EffectiveConfig} prints it with its defaults filled in.
 *
 * <p>Each option is declared once, as a component of {@link io.livepatch.supervisor.config.SupervisorOptions}, {@code PoolOptions},
 * {@code HealthOptions}, {@code LimitsOptions} or {@code ServerOptions}; reading, checking, printing and the tables of
 * docs/supervisor.md follow from that. Only the command line calls this package.
 */
@NullMarked
package io.livepatch.supervisor.config;

import org.jspecify.annotations.NullMarked;
