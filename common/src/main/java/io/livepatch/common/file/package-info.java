/** Files that are replaced atomically, trees, digests, free space. */
@NullMarked
package io.livepatch.common.file;

import org.jspecify.annotations.NullMarked;
