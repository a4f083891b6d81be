/**
 * The statistics of a run: counts and latencies that add up over replicas without loss, and travel as JSON. Entry point:
 * {@link io.livepatch.fleet.stats.RunStats}.
 */
@NullMarked
package io.livepatch.fleet.stats;

import org.jspecify.annotations.NullMarked;
