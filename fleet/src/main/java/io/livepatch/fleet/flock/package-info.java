/** The model of a load: flocks of machines, workloads, rates, thresholds. Values only; {@link io.livepatch.fleet.flock.Flock} is the face. */
@NullMarked
package io.livepatch.fleet.flock;

import org.jspecify.annotations.NullMarked;
