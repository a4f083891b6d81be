/**
 * Who may administer, and the tokens they hand out. {@link io.livepatch.server.auth.BasicUsers} checks a password once,
 * {@link io.livepatch.server.auth.AdminSessions} remembers who logged in, {@link io.livepatch.server.auth.AdminFilter.AdminOnly} guards
 * a resource, {@link io.livepatch.server.auth.AuthTokens} lets machines enrol. No token or password is kept, logged or shown.
 */
@NullMarked
package io.livepatch.server.auth;

import org.jspecify.annotations.NullMarked;
