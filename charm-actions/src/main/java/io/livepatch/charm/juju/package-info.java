/**
 * The second substrate: charms as Juju runs them, one process per hook or action. {@link io.livepatch.charm.juju.Dispatch} is what a
 * charm's {@code dispatch} program calls; a unit is seen and changed through Juju's hook tools only.
 */
@NullMarked
package io.livepatch.charm.juju;

import org.jspecify.annotations.NullMarked;
