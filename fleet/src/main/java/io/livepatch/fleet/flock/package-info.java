/** What a load is: flocks of machines, what they do, how fast, and what must hold. Values only; {@link io.livepatch.fleet.flock.Flock} is the face. */
@NullMarked
package io.livepatch.fleet.flock;

import org.jspecify.annotations.NullMarked;
