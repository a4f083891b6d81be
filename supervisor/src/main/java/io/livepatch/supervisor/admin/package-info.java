/**
 * The supervisor's HTTP endpoint, for operators, metric scrapers and load balancers.
 *
 * {@link io.livepatch.supervisor.admin.AdminServer} maps requests to {@link io.livepatch.supervisor.admin.AdminOperations}.
 * No response contains the token or the value of an environment variable: each JSON view lists its fields.
 */
@NullMarked
package io.livepatch.supervisor.admin;

import org.jspecify.annotations.NullMarked;
