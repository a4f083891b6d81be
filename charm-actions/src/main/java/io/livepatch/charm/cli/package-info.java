/**
 * The command line, with Juju's commands: {@link io.livepatch.charm.cli.Cli} is the entry point. Commands turn arguments into a
 * {@link io.livepatch.charm.wire.ControllerRequest} and print the result; a {@code ControllerClient} connects to the controller, or
 * starts it.
 */
@NullMarked
package io.livepatch.charm.cli;

import org.jspecify.annotations.NullMarked;
