/** Files that are replaced whole, and digests. */
@NullMarked
package io.livepatch.common.file;

import org.jspecify.annotations.NullMarked;
