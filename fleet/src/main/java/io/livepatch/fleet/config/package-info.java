/**
 * The file that says what to run. Face: {@link io.livepatch.fleet.config.FleetConfig} reads it or names everything that is wrong with it;
 * {@link io.livepatch.fleet.config.FlockFormat} writes a flock so that it is read as the same.
 *
 * <p>The keys of a part of the file stand in the class that reads it ({@code ServerSection}, {@code FlockSection}, …); what is in none of these
 * tables is unknown. {@code -} and {@code _} are the same letter in keys.
 */
@NullMarked
package io.livepatch.fleet.config;

import org.jspecify.annotations.NullMarked;
