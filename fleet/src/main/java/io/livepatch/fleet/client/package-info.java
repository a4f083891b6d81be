/**
 * {@code livepatch-client}, the program on a machine: {@code config}, {@code enable}, {@code refresh}, {@code status},
 * {@code disable}. {@link io.livepatch.fleet.client.Main} is the face. A command loads
 * {@link io.livepatch.fleet.client.ClientState} under a lock, talks through {@link io.livepatch.fleet.protocol.LivepatchClient}, and
 * saves what came of it; nothing runs between commands.
 */
@NullMarked
package io.livepatch.fleet.client;

import org.jspecify.annotations.NullMarked;
