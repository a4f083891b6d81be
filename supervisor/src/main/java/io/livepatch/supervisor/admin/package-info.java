/**
 * The supervisor over HTTP, for operators, scrapers and load balancers of this machine.
 *
 * <pre>
 *  request ─▶ Router (404, 405) ─▶ AccessFilter (401, 403) ─▶ a route ─▶ Answer
 *                                                         └ throws ─▶ Problems: the one place that knows status codes of errors
 * </pre>
 *
 * {@link io.livepatch.supervisor.admin.AdminServer} serves what {@link io.livepatch.supervisor.admin.AdminOperations} does.
 * Values of variables and the token appear in no answer: views name what they show, one by one.
 */
@NullMarked
package io.livepatch.supervisor.admin;

import org.jspecify.annotations.NullMarked;
