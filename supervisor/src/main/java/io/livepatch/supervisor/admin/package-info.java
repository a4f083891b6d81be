/**
 * The supervisor over HTTP, for operators, scrapers and load balancers of this machine.
 *
 * {@link io.livepatch.supervisor.admin.AdminServer} serves what {@link io.livepatch.supervisor.admin.AdminOperations} does.
 * Values of variables and the token appear in no response: views list what they show.
 */
@NullMarked
package io.livepatch.supervisor.admin;

import org.jspecify.annotations.NullMarked;
