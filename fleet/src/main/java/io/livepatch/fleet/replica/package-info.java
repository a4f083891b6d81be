/**
 * Several processes that run one load together: who is there, which flocks are to run and since when, and what all of them did. Every replica knows
 * all of it, by asking each of the others every second; nobody leads. {@link io.livepatch.fleet.replica.Replica} is the face.
 */
@NullMarked
package io.livepatch.fleet.replica;

import org.jspecify.annotations.NullMarked;
