/**
 * JSON values on a Unix-domain socket, one a line, between programs of one user: {@link io.livepatch.common.socket.JsonServer} listens,
 * {@link io.livepatch.common.socket.JsonChannel} is a connection. The JDK's HTTP server cannot listen on such a socket.
 *
 * <p>Its users have SLF4J and Jackson on their class path.
 */
@NullMarked
package io.livepatch.common.socket;

import org.jspecify.annotations.NullMarked;
