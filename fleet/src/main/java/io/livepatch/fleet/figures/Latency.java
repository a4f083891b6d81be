package io.livepatch.fleet.figures;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * Times from a microsecond to an hour, with three significant digits. Immutable. Two of them add up exactly: the sum has the counts that one
 * would have that had seen everything. Travels as HdrHistogram's compressed V2 encoding in Base64.
 */
public final class Latency {
    public static final long HIGHEST_MICROS = Duration.ofHours(1).toNanos() / 1000;
    public static final int DIGITS = 3;
    public static final Latency NONE = new Latency(new Histogram(HIGHEST_MICROS, DIGITS));

    private final Histogram micros;

    private Latency(Histogram micros) {
        this.micros = micros;
    }

    /** A copy of what a recorder has, in microseconds. */
    public static Latency of(Histogram micros) {
        Histogram copy = new Histogram(HIGHEST_MICROS, DIGITS);
        copy.add(micros);
        return new Latency(copy);
    }

    @JsonCreator
    public static Latency parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            return of(Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), HIGHEST_MICROS));
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("not an encoded histogram", e);
        }
    }

    /** What {@link #parse} reads. */
    @JsonValue
    public String text() {
        if (count() == 0) {
            return "";
        }
        ByteBuffer buffer = ByteBuffer.allocate(micros.getNeededByteBufferCapacity());
        int length = micros.copy().encodeIntoCompressedByteBuffer(buffer);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
    }

    public Latency plus(Latency other) {
        if (other.count() == 0) {
            return this;
        }
        if (count() == 0) {
            return other;
        }
        Histogram sum = micros.copy();
        sum.add(other.micros);
        return new Latency(sum);
    }

    public long count() {
        return micros.getTotalCount();
    }

    /** The time within which so many per cent lie; zero if nothing was measured. */
    public Duration percentile(double percent) {
        return count() == 0 ? Duration.ZERO : micros(micros.getValueAtPercentile(percent));
    }

    public Duration max() {
        return micros(micros.getMaxValue());
    }

    public Duration mean() {
        return micros(Math.round(micros.getMean()));
    }

    private static Duration micros(long value) {
        return Duration.ofNanos(value * 1000);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Latency latency && micros.equals(latency.micros);
    }

    @Override
    public int hashCode() {
        return micros.hashCode();
    }

    @Override
    public String toString() {
        return "%d times, p50 %s, p99 %s, max %s".formatted(count(), percentile(50), percentile(99), max());
    }
}
