/**
 * Patches as rows of a PostgreSQL database, for any number of units. The face is
 * {@link io.livepatch.storage.postgres.PostgresPatchStore#open}; everything else is private to the package.
 *
 * <pre>{@code
 * PostgresPatchStore
 *   ├─ put    ▶ Spool ▶ Upload        one transaction: lock the name, header, chunks, commit
 *   ├─ open   ▶ ChunkedContent ▶ ChunkStream ▶ Chunks    a query for some chunks, no connection in between
 *   └─ all of it over Connections     reconnects once; SqlFailure says what is wrong and what to do
 * }</pre>
 *
 * <p>A commit publishes header and chunks together, so no patch is ever seen in part, and a writer that dies leaves nothing: what it
 * wrote is dead rows for the next vacuum.
 */
@NullMarked
package io.livepatch.storage.postgres;

import org.jspecify.annotations.NullMarked;
