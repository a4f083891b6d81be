/**
 * The edge of a charm: {@link io.livepatch.charm.exec.ExternalProgram} runs a program to its end,
 * {@link io.livepatch.charm.exec.PrivateFile} writes a file that only its owner reads,
 * {@link io.livepatch.charm.exec.PortProbe} says whether an address is free. Knows nothing of units.
 */
@NullMarked
package io.livepatch.charm.exec;

import org.jspecify.annotations.NullMarked;
