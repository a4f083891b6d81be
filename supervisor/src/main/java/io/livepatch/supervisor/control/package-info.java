/**
 * The control socket: pools are added, changed and removed at run time by another program, which can end and come back without an effect
 * on them.
 *
 * <pre>
 *  SupervisorClient ──ControlMessage.Call──▶ ControlServer ─▶ AppliedPools ─▶ engine
 *        ▲                                        │
 *        └── ControlMessage: replies, PoolState ──┘   JSON, one value a line, on a Unix-domain socket of mode 0600
 * </pre>
 *
 * The first line of each side is a {@link io.livepatch.supervisor.control.ControlMessage.Hello} with the version of its protocol. Fields that
 * a side does not know are ignored, and ones that it misses are empty, so that programs of different builds work together.
 */
@NullMarked
package io.livepatch.supervisor.control;

import org.jspecify.annotations.NullMarked;
