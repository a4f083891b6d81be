/**
 * From desired and observed state to steps: {@link io.livepatch.charm.reconcile.Planner} is pure and plans from scratch each time,
 * so a lost or repeated step is harmless. Depends on the model's records and the JDK alone.
 */
@NullMarked
package io.livepatch.charm.reconcile;

import org.jspecify.annotations.NullMarked;
