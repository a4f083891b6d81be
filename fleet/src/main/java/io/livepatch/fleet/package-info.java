/** The client protocol. */
@NullMarked
package io.livepatch.fleet;

import org.jspecify.annotations.NullMarked;
