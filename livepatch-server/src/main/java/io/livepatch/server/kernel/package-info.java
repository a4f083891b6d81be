/** What other tools ask about kernels. */
@NullMarked
package io.livepatch.server.kernel;

import org.jspecify.annotations.NullMarked;
