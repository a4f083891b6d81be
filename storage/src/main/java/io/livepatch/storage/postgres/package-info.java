/**
 * Patches as rows of a PostgreSQL database, for any number of units. The entry point is
 * {@link io.livepatch.storage.postgres.PostgresPatchStore#open}; all other classes are private to the package.
 *
 * <pre>{@code
 * PostgresPatchStore
 *   ├─ put    ▶ Spool ▶ PutTransaction     one transaction: lock the name, insert row and chunks, commit
 *   ├─ open   ▶ ChunkStream ▶ ChunkReader  a query for each group of chunks, no connection between queries
 *   └─ each over ConnectionRetry           reconnects once; SqlFailure translates errors
 * }</pre>
 *
 * <p>A commit publishes the row and its chunks together, so readers never see part of a patch. A writer that dies leaves only dead rows,
 * which the next vacuum frees.
 */
@NullMarked
package io.livepatch.storage.postgres;

import org.jspecify.annotations.NullMarked;
