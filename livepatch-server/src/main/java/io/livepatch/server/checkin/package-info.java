/**
 * The hottest way through the server: a machine reports and learns what to run. {@link
 * io.livepatch.server.checkin.CheckInRoute} speaks HTTP, {@link io.livepatch.server.checkin.CheckIns} commits many reports
 * with one statement and lets each answer go when its own is durable.
 *
 * <pre>
 * connection: token (memory), body, parse ─▶ queue ─▶ writer: one statement a batch ─▶ connection: decide from memory, answer
 * </pre>
 */
@NullMarked
package io.livepatch.server.checkin;

import org.jspecify.annotations.NullMarked;
