/**
 * What a machine says to a livepatch server, and what it may hear. {@link io.livepatch.fleet.protocol.LivepatchClient} is the face:
 * enrol, check in, ping, download, leave; {@link io.livepatch.fleet.protocol.CheckInAnswer} is what a check-in comes to and
 * {@link io.livepatch.fleet.protocol.LivepatchException} is how anything fails. Small records guard the border: text of a server
 * becomes a {@link io.livepatch.fleet.PatchName} or an error, never a path.
 *
 * <p>Nothing here keeps state between calls or between machines, so one client serves a hundred thousand of them.
 */
@NullMarked
package io.livepatch.fleet.protocol;

import org.jspecify.annotations.NullMarked;
