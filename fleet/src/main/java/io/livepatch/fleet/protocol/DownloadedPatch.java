package io.livepatch.fleet.protocol;

import java.nio.file.Path;

/**
 * A patch that is whole and on disk: size and digest are those that were announced.
 *
 * @param patch what was announced last; an expired URL may have been exchanged for another patch's
 */
public record DownloadedPatch(OfferedPatch patch, Path file) {}
