/**
 * Machines: how they enrol and leave, and how a request is known to come from one. {@link
 * io.livepatch.server.machine.MachineAuthentication} is what other features ask.
 */
@NullMarked
package io.livepatch.server.machine;

import org.jspecify.annotations.NullMarked;
