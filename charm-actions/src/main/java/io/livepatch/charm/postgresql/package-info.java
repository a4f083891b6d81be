/**
 * The charm for PostgreSQL. {@link io.livepatch.charm.postgresql.PostgresqlCharm} observes ({@code ObservedState}), plans ({@code
 * PostgresqlPlan}, pure) and executes ({@code PostgresqlExecutor}); {@code DatabaseRequest} is one relation of the interface
 * {@code postgresql_client}.
 */
@NullMarked
package io.livepatch.charm.postgresql;

import org.jspecify.annotations.NullMarked;
