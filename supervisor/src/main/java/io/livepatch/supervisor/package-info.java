/** Keeps workers alive. */
@NullMarked
package io.livepatch.supervisor;

import org.jspecify.annotations.NullMarked;
