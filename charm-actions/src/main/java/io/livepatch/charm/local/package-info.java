/**
 * The local substrate: {@link io.livepatch.charm.local.ControllerMain} is the process that holds one model on one machine.
 * It plays both parts that Juju has apart, the controller (model, plan) and the agent of each unit (charm, processes).
 * Only the command line's starter and the scripts know it; charms never do.
 */
@NullMarked
package io.livepatch.charm.local;

import org.jspecify.annotations.NullMarked;
