package io.livepatch.storage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;

/**
 * Builds patches for tests: a tar, compressed with bzip2, of files that tests may change. By default it contains what a server accepts: one
 * live patch module for the kernel and architecture of the patch's name.
 */
public final class PatchFiles {
    /** Size of the random block that large patches repeat, so that it is compressed only once: bzip2 is slow. */
    private static final int BLOCK = 256 << 10;

    /** Upper bound of the size of a patch without its random bytes. */
    private static final int OVERHEAD = 1500;

    /** Patches up to this size are compressed as a whole. */
    private static final int SMALL = 40_000;

    private static final int HEADER = 512;

    private final Map<String, byte[]> files = new LinkedHashMap<>();

    /** The bytes of a small valid patch of this name; other seeds give other bytes. */
    public static byte[] bytes(PatchName name, long seed) {
        return PatchFiles.of(Modules.of(name).payload(noise(16, seed)).bytes()).bytes();
    }

    /**
     * The bytes of a valid patch of this name.
     *
     * @param size in bytes, at least about 500; the result is smaller by at most 1500 bytes or 2 percent
     */
    public static byte[] bytes(PatchName name, int size, long seed) {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (int left = size; left > SMALL; left = size - packed.size()) {
            byte[] block = noise(Math.min(BLOCK, (left - OVERHEAD) / 100 * 98), seed + left);
            byte[] once = bzip2(block);
            for (int i = (left - OVERHEAD) / once.length; i > 0; i--) {
                plain.writeBytes(block);
                packed.writeBytes(once);
            }
        }
        byte[] head = noise(Math.max(16, size - packed.size() - OVERHEAD), seed);
        return patch(Modules.of(name), head, plain.toByteArray(), packed.toByteArray());
    }

    private static byte[] patch(Modules module, byte[] head, byte[] plain, byte[] packed) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(head);
        payload.writeBytes(plain);
        byte[] tar =
                PatchFiles.of(module.payload(payload.toByteArray()).bytes()).tar();
        if (plain.length == 0) {
            return bzip2(tar);
        }
        int from = HEADER + module.payloadOffset() + head.length;
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(bzip2(Arrays.copyOf(tar, from)));
        file.writeBytes(packed);
        file.writeBytes(bzip2(Arrays.copyOfRange(tar, from + plain.length, tar.length)));
        return file.toByteArray();
    }

    private static byte[] noise(int size, long seed) {
        byte[] bytes = new byte[size];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private static PatchFiles of(byte[] module) {
        return new PatchFiles().with("livepatch.ko", module);
    }

    /** As {@link #bytes(PatchName, long)}, by file name. */
    public static byte[] bytes(String fileName, long seed) {
        return bytes(PatchName.parse(fileName), seed);
    }

    /** As {@link #bytes(PatchName, int, long)}, by file name. */
    public static byte[] bytes(String fileName, int size, long seed) {
        return bytes(PatchName.parse(fileName), size, seed);
    }

    /** Adds a file to the archive. */
    public PatchFiles with(String path, byte[] content) {
        files.put(path, content);
        return this;
    }

    public byte[] bytes() {
        return bzip2(tar());
    }

    /** The archive before compression. */
    public byte[] tar() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey(), true);
                entry.setSize(file.getValue().length);
                entry.setModTime(0);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Compresses any bytes. */
    public static byte[] bzip2(byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // Compressor and decompressor allocate megabytes for each stream with the largest blocks.
        int blockSize = BZip2CompressorOutputStream.chooseBlockSize(content.length);
        try (OutputStream bzip2 = new BZip2CompressorOutputStream(bytes, blockSize)) {
            bzip2.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
