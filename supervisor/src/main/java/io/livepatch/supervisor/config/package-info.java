/**
 * The file that says what to supervise. Face: {@link io.livepatch.supervisor.config.SupervisorFile} reads it into a
 * {@link io.livepatch.supervisor.config.SupervisorConfig} or names everything that is wrong with it;
 * {@link io.livepatch.supervisor.config.Check} does the maths before anything runs,
 * {@link io.livepatch.supervisor.config.Explain} tells what is going to happen and when, and
 * {@link io.livepatch.supervisor.config.EffectiveConfig} prints what holds, defaults filled in.
 *
 * <p>The keys of a part of the file stand in the class that reads it ({@code PoolSection}, {@code LimitsSection}, …); what is
 * in none of these tables is unknown. Only the command line calls this package.
 */
@NullMarked
package io.livepatch.supervisor.config;

import org.jspecify.annotations.NullMarked;
