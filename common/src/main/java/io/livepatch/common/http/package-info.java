/**
 * An HTTP endpoint for operators, on the JDK's server. {@link io.livepatch.common.http.AdminEndpoint} is the entry point; a program
 * provides its routes, the access rules and the translation of its exceptions.
 *
 * <pre>
 *  request ─▶ route (404, 405) ─▶ AccessFilter (401, 403) ─▶ Route.Handler ─▶ Response
 *                                                                  └ throws ─▶ ProblemDetails ─▶ application/problem+json (RFC 9457)
 * </pre>
 */
@NullMarked
package io.livepatch.common.http;

import org.jspecify.annotations.NullMarked;
