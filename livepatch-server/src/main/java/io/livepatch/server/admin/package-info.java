/**
 * The program {@code livepatch-admin}: a client of the admin API, independent of the server's other packages.
 * {@link io.livepatch.server.admin.Main} runs it, the {@code *Commands} are its commands, {@link io.livepatch.server.admin.AdminApi} is
 * the HTTP client, {@link io.livepatch.server.admin.AdminException} carries the message and the exit code of every failure.
 */
@NullMarked
package io.livepatch.server.admin;

import org.jspecify.annotations.NullMarked;
