/**
 * Inspects a patch during its upload: bzip2, tar, one kernel module, and the metadata of that module.
 *
 * <p>{@link io.livepatch.server.patch.inspect.InspectedSource} is the stream that a store reads;
 * {@link io.livepatch.server.patch.inspect.Inspection} is the result. Nothing is written to a disk and no file is held whole:
 * {@link io.livepatch.server.patch.inspect.InspectionLimits} bounds the memory of an upload.
 */
@NullMarked
package io.livepatch.server.patch.inspect;

import org.jspecify.annotations.NullMarked;
