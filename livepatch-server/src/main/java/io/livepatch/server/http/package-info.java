/**
 * The HTTP side of a unit. {@link io.livepatch.server.http.HttpServer} is Jetty with two kinds of routes on it: a
 * {@link io.livepatch.server.http.DirectRoute} is answered by Jetty itself and never blocks, everything else is Jersey on a
 * servlet container. {@link io.livepatch.server.http.Exchange} is one request at work on a hot route. Whatever goes wrong
 * becomes an RFC 9457 problem here, in {@code Problems}, and nowhere else.
 */
@NullMarked
package io.livepatch.server.http;

import org.jspecify.annotations.NullMarked;
