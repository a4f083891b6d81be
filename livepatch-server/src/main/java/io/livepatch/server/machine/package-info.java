/**
 * Machines: enrolment, removal, progress reports and authentication. {@link io.livepatch.server.machine.MachineAuthentication} is the
 * interface for other features; the resources are public for Jersey, {@link io.livepatch.server.machine.MachineTokens} and
 * {@link io.livepatch.server.machine.Machines} for the composition root.
 */
@NullMarked
package io.livepatch.server.machine;

import org.jspecify.annotations.NullMarked;
