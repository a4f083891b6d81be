/**
 * Patches as objects in a bucket of S3, or of a server that speaks its protocol; any number of units may share it. The face is
 * {@link io.livepatch.storage.s3.S3PatchStore#open}; everything else is private to the package.
 *
 * <pre>{@code
 * <prefix>livepatch-6.1.0-41.41-amd64-41.1-amd64.tar.bz2      a stored patch; its digest and the id of its put are metadata   (Place)
 * <prefix>.deleting/<file name>/<id of the put>               a claim: that patch is being deleted                            (Deletion)
 * <prefix>.conditional-put                                    zeros; shows that the server minds If-None-Match                (ConditionalPut)
 * }</pre>
 *
 * <p>One rule carries all: an object is only ever created where there is none ({@code If-None-Match: *}), by one request that
 * brings name, bytes and digest together. So concurrent puts have one winner, also from different units, and no reader sees a part of
 * a patch.
 */
@NullMarked
package io.livepatch.storage.s3;

import org.jspecify.annotations.NullMarked;
