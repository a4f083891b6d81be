/**
 * Looks into a patch while it is uploaded: bzip2, tar, one kernel module, and what that module says of itself.
 *
 * <p>{@link io.livepatch.server.patch.inspect.InspectedSource} is the stream that a store reads; its
 * {@link io.livepatch.server.patch.inspect.Inspection} is the result. Nothing is written to a disk and no file is held whole: memory per
 * upload is bounded by {@link io.livepatch.server.patch.inspect.Limits}.
 */
@NullMarked
package io.livepatch.server.patch.inspect;

import org.jspecify.annotations.NullMarked;
