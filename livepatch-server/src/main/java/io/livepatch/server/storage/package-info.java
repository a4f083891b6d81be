/**
 * What operators do with stores: see how they are, verify them, move patches between them.
 * {@link io.livepatch.server.storage.StorageResource} speaks HTTP, {@link io.livepatch.server.storage.StorageCommand} is the same
 * as a command of the server's own program, for work beside it or in its absence.
 */
@NullMarked
package io.livepatch.server.storage;

import org.jspecify.annotations.NullMarked;
