package io.livepatch.supervisor.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the kernel counts in.
 *
 * @param pageBytes of memory; 64 KiB on some ARM machines
 * @param ticksPerSecond of processor time
 */
record KernelUnits(long pageBytes, long ticksPerSecond) {

    /** Keys of the auxiliary vector, see {@code getauxval(3)}: what the kernel told this process when it started. */
    private static final long AT_PAGESZ = 6;

    private static final long AT_CLKTCK = 17;

    static KernelUnits read() throws IOException {
        return parse(Files.readAllBytes(Path.of("/proc/self/auxv")));
    }

    static KernelUnits parse(byte[] vector) throws IOException {
        ByteBuffer pairs = ByteBuffer.wrap(vector).order(ByteOrder.nativeOrder());
        long page = 0;
        long ticks = 0;
        while (pairs.remaining() >= 2 * Long.BYTES) {
            long key = pairs.getLong();
            long value = pairs.getLong();
            if (key == AT_PAGESZ) {
                page = value;
            } else if (key == AT_CLKTCK) {
                ticks = value;
            }
        }
        if (page <= 0 || ticks <= 0) {
            throw new IOException("/proc/self/auxv does not tell the page size and the clock tick");
        }
        return new KernelUnits(page, ticks);
    }

    Duration time(long ticks) {
        return Duration.ofSeconds(ticks / ticksPerSecond, ticks % ticksPerSecond * (1_000_000_000 / ticksPerSecond));
    }
}
