package io.livepatch.server.patch.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.Modules;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The memory of inspections, measured at their maximum. */
final class InspectionMemoryIT {
    private static final PatchName NAME = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
    private static final int AT_ONCE = 8;

    /** One block of bzip2 at its largest, of bytes that cannot be compressed. */
    private static final int BLOCK = 899_000;

    /** Compressing them takes longer than inspecting them. */
    private static final Map<String, Upload> UPLOADS = new HashMap<>();

    /** An upload that stops shortly before the end of a block. */
    private static final class Upload {
        private final byte[] bytes;
        /** How many bytes are given before the stop. */
        private final int stop;

        private Upload(byte[] bytes, int stop) {
            this.bytes = bytes;
            this.stop = stop;
        }

        /** A module that is larger than two blocks, and has no more sections than a usual one. */
        static Upload usual() {
            return of(new PatchFiles()
                    .with(
                            "livepatch.ko",
                            Modules.of(NAME).payload(noise(4 * BLOCK)).bytes())
                    .tar());
        }

        /** As much as an inspection remembers of each kind: modules, places of a section's name, values of keys, section headers. */
        static Upload largest() {
            PatchFiles files = new PatchFiles();
            String folder = "f/".repeat(100);
            String value = "vermagic=" + "v".repeat(290) + "\0";
            for (int i = 1; i < InspectionLimits.ENTRIES; i++) {
                files.with(folder + i + ".ko", Modules.of(NAME).modinfo(value).bytes());
            }
            ByteArrayOutputStream payload = new ByteArrayOutputStream();
            String found = (value + value.replace("vermagic", "livepatch")).repeat(300) + ".modinfo\0".repeat(2000);
            payload.writeBytes(found.getBytes(StandardCharsets.US_ASCII));
            payload.writeBytes(noise(4 * BLOCK));
            Modules last = Modules.of(NAME)
                    .headers(InspectionLimits.SECTIONS)
                    .headersFirst()
                    .namesFirst()
                    .payload(payload.toByteArray());
            return of(files.with(folder + "last.ko", last.bytes()).tar());
        }

        private static byte[] noise(int size) {
            byte[] bytes = new byte[size];
            new SplittableRandom(1).nextBytes(bytes);
            return bytes;
        }

        private static Upload of(byte[] tar) {
            // The end of the second block of this stream: the decoder has made all its arrays by then.
            int end = tar.length - BLOCK;
            int begin = end - 2 * BLOCK;
            byte[] before = PatchFiles.bzip2(Arrays.copyOf(tar, begin));
            byte[] blocks = PatchFiles.bzip2(Arrays.copyOfRange(tar, begin, end));
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(before);
            all.writeBytes(blocks);
            all.writeBytes(PatchFiles.bzip2(Arrays.copyOfRange(tar, end, tar.length)));
            return new Upload(all.toByteArray(), before.length + blocks.length - 100);
        }
    }

    /** Gives a few bytes at a time, and waits at the stop. */
    private static final class StoppingSource extends InputStream {
        private final Upload upload;
        private final int limit;
        private final CountDownLatch stopped;
        private final CountDownLatch proceed;
        private int next;

        StoppingSource(Upload upload, int limit, CountDownLatch stopped, CountDownLatch proceed) {
            this.upload = upload;
            this.limit = limit;
            this.stopped = stopped;
            this.proceed = proceed;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (next == upload.stop) {
                stopped.countDown();
                try {
                    proceed.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            int end = next < upload.stop ? upload.stop : upload.bytes.length;
            int count = Math.min(Math.min(length, limit), end - next);
            System.arraycopy(upload.bytes, next, target, offset, count);
            next += count;
            return count == 0 ? -1 : count;
        }
    }

    @ParameterizedTest
    @CsvSource({"usual, 8192", "usual, 1", "largest, 8192", "largest, 1"})
    void inspectionHoldsNoMoreThanItsBound(String what, int limit) throws Exception {
        Upload upload = UPLOADS.computeIfAbsent(what, _ -> what.equals("usual") ? Upload.usual() : Upload.largest());

        long held = held(upload, limit);

        assertThat(held).as("bytes held by one inspection").isLessThanOrEqualTo(InspectionLimits.MEMORY);
    }

    private static long held(Upload upload, int limit) throws Exception {
        CountDownLatch stopped = new CountDownLatch(AT_ONCE);
        CountDownLatch proceed = new CountDownLatch(1);
        long before = usedHeap();
        List<InspectedSource> sources = IntStream.range(0, AT_ONCE)
                .mapToObj(_ -> new InspectedSource(
                        new StoppingSource(upload, limit, stopped, proceed),
                        NAME,
                        InspectionLimits.forPatchesOf(64L << 20),
                        InspectedSource.Policy.REFUSE_OTHER_FILES))
                .toList();
        List<Thread> readers = new ArrayList<>();
        for (InspectedSource source : sources) {
            readers.add(Thread.startVirtualThread(() -> readAll(source)));
        }
        stopped.await();
        long held = (usedHeap() - before) / AT_ONCE;
        proceed.countDown();
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(sources)
                .allSatisfy(source -> assertThat(source.inspection().refusal()).isEmpty());
        return held;
    }

    private static void readAll(InspectedSource source) {
        try {
            source.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long usedHeap() {
        // The second collection also frees objects that the first found to be only weakly referenced.
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
