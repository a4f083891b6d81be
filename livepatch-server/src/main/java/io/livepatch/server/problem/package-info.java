/**
 * Failures of requests, as exceptions with an HTTP status. Services and resources throw them;
 * {@link io.livepatch.server.problem.ExceptionTranslator} translates exceptions of lower layers; only the HTTP layer turns them into
 * responses.
 */
@NullMarked
package io.livepatch.server.problem;

import org.jspecify.annotations.NullMarked;
