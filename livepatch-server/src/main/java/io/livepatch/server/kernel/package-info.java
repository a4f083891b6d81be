/** The API about kernels for other tools. */
@NullMarked
package io.livepatch.server.kernel;

import org.jspecify.annotations.NullMarked;
