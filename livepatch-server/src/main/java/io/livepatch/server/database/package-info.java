/** Access to PostgreSQL: pool, JDBI, notifications, faults. Only this package and the DAOs know SQL. */
@NullMarked
package io.livepatch.server.database;

import org.jspecify.annotations.NullMarked;
