/** What the programs share that reach PostgreSQL: the parameters of connection strings. Its users have the driver on their class path. */
@NullMarked
package io.livepatch.common.net;

import org.jspecify.annotations.NullMarked;
