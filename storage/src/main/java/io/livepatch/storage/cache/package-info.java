/**
 * Copies of patches on a local disk, in front of a store over a network. The face is
 * {@link io.livepatch.storage.cache.CachedPatchStore#open}; everything else is private to the package.
 *
 * <pre>{@code
 * open(patch)
 *    known: hashed by this process before ──────────────────────────────▶ the file        (Entries)
 *    else one fill for all threads that ask                                               (Fills)
 *         ▶ claim on the digest: one for all processes of the unit                        (Claims)
 *         ▶ on disk already, by a sibling or before a restart: hash it ──▶ the file
 *         ▶ make room: the expired, then the least recently used go                       (Room, Stock)
 *         ▶ read the store, hash, fsync, rename ─────────────────────────▶ the file        (Incoming)
 *    no room, or no disk ───────────────────────▶ a verified stream from the store
 *
 * cache/
 *   .lock                        its bytes are the claims, and end with the process that has them
 *   incoming/<sha256>.<uuid>     being filled, as long as it will be
 *   <sha256>                     an entry; its modification time says when it was last asked for
 * }</pre>
 *
 * <p>Claims and times save work and order it. What is served is right without them: an entry is named by the digest of its bytes,
 * appears by a rename when they have been hashed, and is hashed again by each process that is new to it.
 */
@NullMarked
package io.livepatch.storage.cache;

import org.jspecify.annotations.NullMarked;
