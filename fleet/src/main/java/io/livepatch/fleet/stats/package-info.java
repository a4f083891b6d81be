/**
 * What was measured: counts and latencies that can be added up over replicas without loss, and travel as JSON.
 * {@link io.livepatch.fleet.stats.RunStats} is the face.
 */
@NullMarked
package io.livepatch.fleet.stats;

import org.jspecify.annotations.NullMarked;
