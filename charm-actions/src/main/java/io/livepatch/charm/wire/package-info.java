/**
 * The protocol between the command line and the controller: {@link io.livepatch.charm.wire.ModelDirectory} is
 * the directory, {@link io.livepatch.charm.wire.ControllerRequest} and {@link io.livepatch.charm.wire.ControllerRequest.ControllerResponse} are JSON
 * lines on a Unix-domain socket, one request, then progress, then one answer.
 */
@NullMarked
package io.livepatch.charm.wire;

import org.jspecify.annotations.NullMarked;
