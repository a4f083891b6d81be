/**
 * Moves patches from the active store to another, while machines download and operators upload.
 * {@link io.livepatch.server.migration.Migration} takes the steps, {@link io.livepatch.server.migration.StorageResource} offers them, the
 * verification and the status of storage over HTTP.
 */
@NullMarked
package io.livepatch.server.migration;

import org.jspecify.annotations.NullMarked;
