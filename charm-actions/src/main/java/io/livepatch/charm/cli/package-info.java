/**
 * The command line, with Juju's words: {@link io.livepatch.charm.cli.Cli} is its one door. Commands turn arguments into a
 * {@link io.livepatch.charm.wire.ControllerRequest} and print the answer; a {@code ControllerClient} finds the controller, or starts it.
 */
@NullMarked
package io.livepatch.charm.cli;

import org.jspecify.annotations.NullMarked;
