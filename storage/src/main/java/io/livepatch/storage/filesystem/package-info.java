/**
 * Patches as files in one directory of a local disk, locked by one unit. The entry point is
 * {@link io.livepatch.storage.filesystem.FilesystemPatchStore#open}; all other classes are private to the package.
 *
 * <pre>{@code
 * patches/
 *   .lock                                          the unit's name; byte locks of its live processes   (UnitLock)
 *   incoming/<slot>-<n>/<sha256>                   a patch that is being written                      (StagedPatch)
 *   livepatch-6.1.0-41.41-amd64-41.1-amd64.tar.bz2/<sha256>      a stored patch                       (PatchDirectory)
 * }</pre>
 *
 * <p>A patch is a directory with one file that is named by the digest of its bytes. So one {@code rename(2)} publishes name,
 * digest and bytes together: a crash leaves all of them or none, and since it fails on a directory that holds anything,
 * concurrent puts have one winner, across processes too.
 */
@NullMarked
package io.livepatch.storage.filesystem;

import org.jspecify.annotations.NullMarked;
