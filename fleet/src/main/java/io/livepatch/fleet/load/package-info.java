/** Brings a replica's share of flocks to life and keeps time. {@link io.livepatch.fleet.load.FlockRun} is the face. */
@NullMarked
package io.livepatch.fleet.load;

import org.jspecify.annotations.NullMarked;
