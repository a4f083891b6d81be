/**
 * Divides a flock among replicas: pure, exact arithmetic with the same result on every replica, so none has to coordinate. Entry point:
 * {@link io.livepatch.fleet.division.FlockPartition}.
 */
@NullMarked
package io.livepatch.fleet.division;

import org.jspecify.annotations.NullMarked;
