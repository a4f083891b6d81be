/**
 * Access to the operating system for charms: {@link io.livepatch.charm.exec.ExternalProgram} runs a program to its end,
 * {@link io.livepatch.charm.exec.PrivateFile} writes a file that only its owner reads,
 * {@link io.livepatch.charm.exec.PortProbe} tells whether an address is free.
 */
@NullMarked
package io.livepatch.charm.exec;

import org.jspecify.annotations.NullMarked;
