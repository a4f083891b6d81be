/**
 * {@code livepatch-admin}, the operator's tool: a client of the admin routes and nothing else, so it runs anywhere that the
 * server can be reached from. {@link io.livepatch.server.admin.Main} is the face. The {@code *Commands} say which words there
 * are, {@link io.livepatch.server.admin.AdminApi} speaks HTTP, {@link io.livepatch.server.admin.AdminException} is how anything
 * fails and what the exit code is.
 */
@NullMarked
package io.livepatch.server.admin;

import org.jspecify.annotations.NullMarked;
