/**
 * Machines: how they enrol and leave, what they tell while they insert a patch, and how a request is known to come from one.
 * {@link io.livepatch.server.machine.MachineAuthentication} is what other features ask; the resources are public for Jersey,
 * and {@link io.livepatch.server.machine.MachineTokens} and {@link io.livepatch.server.machine.Machines} for whoever assembles
 * the server.
 */
@NullMarked
package io.livepatch.server.machine;

import org.jspecify.annotations.NullMarked;
