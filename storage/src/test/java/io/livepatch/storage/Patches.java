package io.livepatch.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;

/** Test patches: numbered names, and bytes from a seed. */
public final class Patches {
    private Patches() {}

    /** The name of the n-th patch; names are ordered by number, up to 99,999. */
    public static PatchName name(int n) {
        return PatchName.parse("livepatch-5.15.0-107.117-generic-107.%d-amd64.tar.bz2".formatted(100_000 + n));
    }

    /** Bytes that are the same for the same seed. */
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

    /** As {@link #bytes}, for any size: a block of 64 KiB is repeated. */
    public static InputStream source(long size, long seed) {
        return new RandomSource(size, seed);
    }

    /** The digest of {@link #source}. */
    public static Sha256 sha256(long size, long seed) {
        try (InputStream source = source(size, seed)) {
            return Sha256.of(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class RandomSource extends InputStream {
        // A prime, so that a buffer of a usual size never contains the same bytes twice in a row.
        private static final int PERIOD = 65_521;

        private final byte[] period = new byte[PERIOD];
        private final long size;
        private long position;

        RandomSource(long size, long seed) {
            this.size = size;
            new SplittableRandom(seed).nextBytes(period);
        }

        @Override
        public int read() {
            return position == size ? -1 : period[(int) (position++ % PERIOD)] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (position == size) {
                return -1;
            }
            int from = (int) (position % PERIOD);
            int count = (int) Math.min(Math.min(length, PERIOD - from), size - position);
            System.arraycopy(period, from, target, offset, count);
            position += count;
            return count;
        }
    }
}
