/**
 * Who does what: exact arithmetic, the same on every replica, so that nobody has to be asked. Pure. {@link io.livepatch.fleet.division.FlockPartition} is
 * the face.
 */
@NullMarked
package io.livepatch.fleet.division;

import org.jspecify.annotations.NullMarked;
