/**
 * What a request can fail with, as exceptions that carry their HTTP status. Services and resources throw them;
 * {@link io.livepatch.server.problem.ExceptionTranslator} turns what lower layers throw into them; the HTTP layer alone turns them
 * into responses.
 */
@NullMarked
package io.livepatch.server.problem;

import org.jspecify.annotations.NullMarked;
