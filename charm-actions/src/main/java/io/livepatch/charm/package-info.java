/**
 * Charms, their actions, and the substrates that run them. Here is only the program, {@link io.livepatch.charm.JujuMain};
 * {@code api} is what a charm sees, {@code postgresql}, {@code livepatch} and {@code haproxy} are charms, {@code model},
 * {@code reconcile} and {@code local} are the local substrate, {@code wire}, {@code status} and {@code cli} its command line.
 */
@NullMarked
package io.livepatch.charm;

import org.jspecify.annotations.NullMarked;
