/**
 * From what is wished and what is there to what has to be done: {@link io.livepatch.charm.reconcile.Planner} is pure and
 * makes its plan anew each time, so a lost or repeated step is harmless. Depends on the model's records and the JDK alone.
 */
@NullMarked
package io.livepatch.charm.reconcile;

import org.jspecify.annotations.NullMarked;
