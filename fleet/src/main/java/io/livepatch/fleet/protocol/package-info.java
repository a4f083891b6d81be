/**
 * The client protocol of a livepatch server. {@link io.livepatch.fleet.protocol.LivepatchClient} is the face: enrol, check in, ping,
 * download, leave. {@link io.livepatch.fleet.protocol.CheckInAnswer} is the result of a check-in,
 * {@link io.livepatch.fleet.protocol.LivepatchException} any failure. Texts of a server are validated at this boundary.
 *
 * <p>The client is stateless, so one instance serves a hundred thousand machines.
 */
@NullMarked
package io.livepatch.fleet.protocol;

import org.jspecify.annotations.NullMarked;
