package io.livepatch.fleet.flock;

/**
 * How often something begins.
 *
 * @param perThousandSeconds so that it can be divided without a rest getting lost; at most a million a second
 */
public record Rate(long perThousandSeconds) {
    private static final long MAX = 1_000_000_000L;

    public Rate {
        if (perThousandSeconds < 0 || perThousandSeconds > MAX) {
            throw new IllegalArgumentException(
                    "rate '%s' is not from 0 to 1000000 a second".formatted(perThousandSeconds / 1000.0));
        }
    }

    public double perSecond() {
        return perThousandSeconds / 1000.0;
    }
}
