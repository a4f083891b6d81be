/**
 * The local substrate: {@link io.livepatch.charm.local.ControllerMain} is the process that manages one model on one machine, a
 * worker of the supervisor that runs the units' processes. It is what Juju calls the controller (model, plan) and the agent of each unit
 * (charm, services). Charms do not depend on it.
 */
@NullMarked
package io.livepatch.charm.local;

import org.jspecify.annotations.NullMarked;
