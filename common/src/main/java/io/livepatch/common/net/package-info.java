/** Connections to PostgreSQL and TLS, shared by the programs. The users of connection parameters have the driver on their class path. */
@NullMarked
package io.livepatch.common.net;

import org.jspecify.annotations.NullMarked;
