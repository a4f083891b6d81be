package io.livepatch.server.download;

/**
 * A part of a patch, never outside of it.
 *
 * @param offset its first byte
 * @param length how many bytes
 */
record ByteRange(long offset, long length) {
    ByteRange {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("range of " + length + " bytes from " + offset);
        }
    }

    /** The offset after its last byte. */
    long end() {
        return offset + length;
    }

    /** The value of {@code Content-Range}. */
    String contentRange(long size) {
        return "bytes " + offset + "-" + (end() - 1) + "/" + size;
    }
}
