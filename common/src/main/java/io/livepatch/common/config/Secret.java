package io.livepatch.common.config;

/**
 * A value that is never printed.
 *
 * @param reveal the value itself; review each call
 */
public record Secret(String reveal) {
    static final String MASK = "***";

    @Override
    public String toString() {
        return MASK;
    }
}
