package io.livepatch.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;

/** Patches for tests: names that differ by a number, and bytes that differ by a seed. */
public final class Patches {
    private Patches() {}

    /** The name of the n-th patch; they are ordered as their numbers are up to 99,999. */
    public static PatchName name(int n) {
        return PatchName.parse("livepatch-5.15.0-107.117-generic-107.%d-amd64.tar.bz2".formatted(100_000 + n));
    }

    /** Bytes that do not compress, the same for the same seed. */
    public static byte[] bytes(int size, long seed) {
        try (InputStream source = source(size, seed)) {
            return source.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stores these bytes. */
    public static PatchStore.PutResult put(PatchStore store, PatchName name, byte[] bytes) {
        return store.put(name, new ByteArrayInputStream(bytes), Sha256.of(bytes));
    }

    /** All bytes of a stored patch. */
    public static byte[] read(PatchStore store, PatchName name) {
        try (PatchContent content = store.open(name).orElseThrow();
                InputStream bytes = content.read(0, content.patch().size())) {
            return bytes.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link #bytes}, for any size: nothing but the current eight bytes are held. */
    public static InputStream source(long size, long seed) {
        return new RandomSource(size, seed);
    }

    /** What {@link #source} hashes to. */
    public static Sha256 sha256(long size, long seed) {
        try (InputStream source = source(size, seed)) {
            return Sha256.of(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class RandomSource extends InputStream {
        private final SplittableRandom random;
        private long left;
        private long word;
        private int wordBytes;

        RandomSource(long size, long seed) {
            this.left = size;
            this.random = new SplittableRandom(seed);
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            if (wordBytes == 0) {
                word = random.nextLong();
                wordBytes = Long.BYTES;
            }
            int next = (int) (word & 0xff);
            word >>>= Byte.SIZE;
            wordBytes--;
            left--;
            return next;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            int count = (int) Math.min(left, length);
            for (int i = 0; i < count; i++) {
                target[offset + i] = (byte) read();
            }
            return count;
        }
    }
}
