/**
 * {@code livepatch-client}, the program on a machine: {@code config}, {@code enable}, {@code refresh}, {@code status},
 * {@code disable}. {@link io.livepatch.fleet.client.Main} is the face. A command reads
 * {@link io.livepatch.fleet.client.ClientState} under a lock, calls {@link io.livepatch.fleet.protocol.LivepatchClient}, and
 * stores the result; nothing runs between commands.
 */
@NullMarked
package io.livepatch.fleet.client;

import org.jspecify.annotations.NullMarked;
