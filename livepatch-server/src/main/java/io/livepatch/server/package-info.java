/** One unit of the server. */
@NullMarked
package io.livepatch.server;

import org.jspecify.annotations.NullMarked;
