/**
 * The HTTP server of a unit. {@link io.livepatch.server.http.HttpServer} is Jetty with two kinds of routes: a
 * {@link io.livepatch.server.http.DirectRoute} is answered by Jetty itself and never blocks, everything else is Jersey in a servlet
 * container. {@link io.livepatch.server.http.Exchange} is a request with its response. Only
 * {@link io.livepatch.server.http.Problem} maps failures to responses (RFC 9457).
 */
@NullMarked
package io.livepatch.server.http;

import org.jspecify.annotations.NullMarked;
