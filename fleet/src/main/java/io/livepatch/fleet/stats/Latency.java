package io.livepatch.fleet.stats;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;

/**
 * A distribution of times from a microsecond to an hour, with three significant digits. Immutable; adding is exact, as if one histogram had
 * recorded both. Its JSON form is HdrHistogram's compressed V2 encoding in Base64.
 *
 * <p>A report holds two for each second of a run. A {@link Histogram} takes 200 KB however little it holds, and a
 * {@link org.HdrHistogram.PackedHistogram} milliseconds to copy; hence only the recorded values are kept, and a histogram is made for a query.
 */
public final class Latency {
    public static final long HIGHEST_MICROS = Duration.ofHours(1).toNanos() / 1000;
    public static final int DIGITS = 3;
    public static final Latency NONE = new Latency(new long[0], new long[0]);

    // In microseconds, ascending; each is the highest value of its histogram bucket.
    private final long[] values;
    private final long[] counts;

    private Latency(long[] values, long[] counts) {
        this.values = values;
        this.counts = counts;
    }

    /** A copy of a histogram of microseconds. */
    public static Latency of(AbstractHistogram micros) {
        if (micros.getTotalCount() == 0) {
            return NONE;
        }
        long[] values = new long[64];
        long[] counts = new long[64];
        int size = 0;
        // recordedValues() visits the buckets below the minimum too, and takes longer for each.
        long max = micros.getMaxValue();
        for (long value = micros.getMinValue(); value <= max; value = micros.nextNonEquivalentValue(value)) {
            long count = micros.getCountAtValue(value);
            if (count == 0) {
                continue;
            }
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
                counts = Arrays.copyOf(counts, size * 2);
            }
            values[size] = micros.highestEquivalentValue(value);
            counts[size++] = count;
        }
        return new Latency(Arrays.copyOf(values, size), Arrays.copyOf(counts, size));
    }

    @JsonCreator
    public static Latency parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            Histogram decoded = Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
            if (decoded.getNumberOfSignificantValueDigits() == DIGITS
                    && decoded.getLowestDiscernibleValue() == 1
                    && decoded.getHighestTrackableValue() <= HIGHEST_MICROS) {
                return of(decoded);
            }
            Histogram micros = new Histogram(HIGHEST_MICROS, DIGITS);
            micros.add(decoded);
            return of(micros);
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("not an encoded histogram", e);
        }
    }

    /** The text that {@link #parse} reads. */
    @JsonValue
    public String text() {
        if (count() == 0) {
            return "";
        }
        Histogram micros = histogram();
        ByteBuffer buffer = ByteBuffer.allocate(micros.getNeededByteBufferCapacity());
        int length = micros.encodeIntoCompressedByteBuffer(buffer);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
    }

    public Latency plus(Latency other) {
        long[] values = new long[this.values.length + other.values.length];
        long[] counts = new long[values.length];
        int size = 0;
        int here = 0;
        int there = 0;
        while (here < this.values.length || there < other.values.length) {
            long value = Math.min(this.at(here), other.at(there));
            values[size] = value;
            if (this.at(here) == value) {
                counts[size] += this.counts[here++];
            }
            if (other.at(there) == value) {
                counts[size] += other.counts[there++];
            }
            size++;
        }
        return new Latency(Arrays.copyOf(values, size), Arrays.copyOf(counts, size));
    }

    private long at(int index) {
        return index < values.length ? values[index] : Long.MAX_VALUE;
    }

    /** As large as the recorded values need it. */
    private Histogram histogram() {
        long max = values.length == 0 ? 0 : values[values.length - 1];
        Histogram micros = new Histogram(Math.clamp(max, 2, HIGHEST_MICROS), DIGITS);
        for (int i = 0; i < values.length; i++) {
            micros.recordValueWithCount(values[i], counts[i]);
        }
        return micros;
    }

    public long count() {
        return Arrays.stream(counts).sum();
    }

    /** Zero if nothing was recorded. */
    public Duration percentile(double percent) {
        // As in Histogram.getValueAtPercentile: the next lower number makes up for the rounding of the product.
        double lower = Math.clamp(Math.nextDown(percent), 0, 100);
        long wanted = Math.max(1, (long) Math.ceil(lower * count() / 100));
        long seen = 0;
        for (int i = 0; i < values.length; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return micros(values[i]);
            }
        }
        return Duration.ZERO;
    }

    public Duration max() {
        return count() == 0 ? Duration.ZERO : micros(values[values.length - 1]);
    }

    public Duration mean() {
        return micros(Math.round(histogram().getMean()));
    }

    private static Duration micros(long value) {
        return Duration.ofNanos(value * 1000);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Latency latency
                && Arrays.equals(values, latency.values)
                && Arrays.equals(counts, latency.counts);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(values) + Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return "%d times, p50 %s, p99 %s, max %s".formatted(count(), percentile(50), percentile(99), max());
    }
}
