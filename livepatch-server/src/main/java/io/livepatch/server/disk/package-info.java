/** Watches the free space of this unit's directories. The face is {@link io.livepatch.server.disk.DiskSpaceMonitor}. */
@NullMarked
package io.livepatch.server.disk;

import org.jspecify.annotations.NullMarked;
