/** Runs a replica's share of a flock: which monkey begins an iteration when. Entry point: {@link io.livepatch.fleet.load.FlockRun}. */
@NullMarked
package io.livepatch.fleet.load;

import org.jspecify.annotations.NullMarked;
