/** Patches as files in one directory of a local disk, locked in the name of one unit. */
@NullMarked
package io.livepatch.storage.filesystem;

import org.jspecify.annotations.NullMarked;
