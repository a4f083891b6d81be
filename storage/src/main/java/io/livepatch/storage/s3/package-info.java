/**
 * Patches as objects in a bucket of S3, or of a server that speaks its protocol; any number of units may share it. The entry point is
 * {@link io.livepatch.storage.s3.S3PatchStore#open}; all other classes are private to the package.
 *
 * <pre>{@code
 * <prefix>livepatch-6.1.0-41.41-amd64-41.1-amd64.tar.bz2      a stored patch; its digest and the id of its put are metadata   (BucketLocation)
 * <prefix>.deleting/<file name>/<id of the put>               a claim: that patch is being deleted                            (Deletion)
 * <prefix>.conditional-put                                    zeros; shows that the server honours If-None-Match              (ConditionalPutCheck)
 * }</pre>
 *
 * <p>Consistency follows from one rule: an object is created only if its key is free ({@code If-None-Match: *}), by one request with
 * name, bytes and digest. So concurrent puts have one winner, also across units, and readers never see part of a patch.
 */
@NullMarked
package io.livepatch.storage.s3;

import org.jspecify.annotations.NullMarked;
