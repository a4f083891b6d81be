/**
 * The configuration file. {@link io.livepatch.supervisor.config.SupervisorConfig} reads it, or refuses it with all problems at once,
 * and prints it with its defaults filled in. {@link io.livepatch.supervisor.config.ConfigCheck} checks it before any worker is started,
 * and {@link io.livepatch.supervisor.config.Explanation} explains which workers will run, and when they will be replaced.
 *
 * <p>Each option is declared once, as a component of {@link io.livepatch.supervisor.config.SupervisorOptions}, {@code PoolOptions},
 * {@code EnvironmentOptions}, {@code HealthOptions}, {@code LimitsOptions} or {@code ServerOptions}; reading, checking, printing and the
 * tables of docs/supervisor.md follow from that. Only the command line uses this package.
 */
@NullMarked
package io.livepatch.supervisor.config;

import org.jspecify.annotations.NullMarked;
