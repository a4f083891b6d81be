/**
 * Which store patches are served from, and what is in it. Which kind it is says one row of the database, so that all workers of
 * all units agree; {@link io.livepatch.server.store.Stores} follows it.
 */
@NullMarked
package io.livepatch.server.store;

import org.jspecify.annotations.NullMarked;
