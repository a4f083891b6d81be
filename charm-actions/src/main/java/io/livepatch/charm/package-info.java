/**
 * Charms, their actions, and the substrates that run them. The program is {@link io.livepatch.charm.JujuMain};
 * {@code api} is the interface of charms, {@code postgresql}, {@code livepatch} and {@code haproxy} are charms, {@code model},
 * {@code reconcile} and {@code local} are the local substrate, {@code wire}, {@code status} and {@code cli} its command line;
 * {@code juju} runs charms in the hooks of a Juju agent. {@code balancer} puts haproxy in front of the workers of one service, and
 * {@code exec} is the access to the operating system.
 */
@NullMarked
package io.livepatch.charm;

import org.jspecify.annotations.NullMarked;
