/**
 * A cache of patches on a local disk, in front of a remote store. The entry point is
 * {@link io.livepatch.storage.cache.CachedPatchStore#open}; all other classes are private to the package.
 *
 * <pre>{@code
 * open(patch)
 *    already hashed by this process ────────────────────────────────────▶ the file        (EntryIndex)
 *    else one fill for all concurrent callers                                             (FillCoordinator)
 *         ▶ lock the digest, across the processes of the unit                             (CacheFiller, ProcessLocks)
 *         ▶ on disk from a sibling or before a restart: hash it ─────────▶ the file
 *         ▶ evict expired, then least recently used entries                               (CacheLimits, LruList)
 *         ▶ read the store, hash, fsync, rename ─────────────────────────▶ the file        (StagedFile)
 *    no room or a broken disk ──────────────────▶ a verified stream from the store        (BypassLog)
 *
 * cache/
 *   .lock                        byte-range locks, released by the kernel when their process ends
 *   incoming/<sha256>.<uuid>     a staged file, with its final length from the start
 *   <sha256>                     an entry; its modification time is the time of its last use
 * }</pre>
 *
 * <p>Locks and times only avoid duplicate work; correctness does not depend on them. An entry is named by the digest of its bytes, is
 * renamed into place after they have been hashed, and is hashed again by each process before that process first serves it.
 */
@NullMarked
package io.livepatch.storage.cache;

import org.jspecify.annotations.NullMarked;
