package io.livepatch.server.patch.inspect;

/**
 * The limits of the inspection of an upload.
 *
 * @param expanded the maximum number of bytes that the bzip2 data may expand to
 */
public record InspectionLimits(long expanded) {
    /** Most files and folders in the archive. */
    static final int ENTRIES = 1000;

    /** Longest path of an entry, in characters. */
    static final int PATH = 255;

    /** Most bytes between two entries: a header with its extended headers (long names, PAX). */
    static final int HEADERS = 64 << 10;

    /** Most bzip2 streams in a row; pbzip2 writes one for each 900 kB, and each costs 4.5 MB of allocation. */
    static final int STREAMS = 1000;

    /** The maximum number of compressed bytes that are held because the decoder has not finished their block: a block is at most 0.91 MB. */
    static final int PENDING = 1 << 20;

    /** Most memory that an inspection holds, in bytes. InspectionMemoryIT measures it: 6.2 MB for usual patches, 8.4 MB for the worst. */
    static final long MEMORY = 10L << 20;

    /** The part of the heap that inspections may take. */
    private static final int SHARE = 4;

    /** Most sections of a module. */
    static final int SECTIONS = 20_000;

    private static final long EXPANDED_AT_LEAST = 64L << 20;
    private static final int EXPANSION = 4;

    public InspectionLimits {
        if (expanded < 1) {
            throw new IllegalArgumentException("a limit of " + expanded + " bytes refuses every patch");
        }
    }

    /** How many inspections at once fit in a quarter of a heap of so many bytes; at least one. */
    public static int inspectionsIn(long heap) {
        return Math.toIntExact(Math.clamp(heap / SHARE / MEMORY, 1, Integer.MAX_VALUE));
    }

    /** Four times the maximum size of a patch, and at least 64 MiB. */
    public static InspectionLimits forPatchesOf(long maxSize) {
        return new InspectionLimits(Math.max(EXPANDED_AT_LEAST, Math.multiplyExact(maxSize, EXPANSION)));
    }
}
