/**
 * Authentication of administrators, and the tokens that machines enrol with. {@link io.livepatch.server.auth.BasicUsers} checks passwords,
 * {@link io.livepatch.server.auth.AdminSessions} holds sessions, {@link io.livepatch.server.auth.AdminFilter} protects resources,
 * {@link io.livepatch.server.auth.AuthTokens} issues auth tokens. Tokens and passwords are stored as hashes only, and never logged.
 */
@NullMarked
package io.livepatch.server.auth;

import org.jspecify.annotations.NullMarked;
