/**
 * The hot path of the server: a machine reports and is told which patch to run. {@link io.livepatch.server.checkin.CheckInRoute} is the
 * HTTP route, {@link io.livepatch.server.checkin.CheckIns} commits many reports with one statement and answers each when it is durable.
 *
 * <pre>
 * connection: token (memory), body, parse ─▶ queue ─▶ writer: one statement a batch ─▶ connection: decide from memory, answer
 * </pre>
 */
@NullMarked
package io.livepatch.server.checkin;

import org.jspecify.annotations.NullMarked;
