package io.livepatch.server.config;

/**
 * A value that is never printed.
 *
 * @param reveal the value itself; a call to this is a place to look at twice
 */
public record Secret(String reveal) {
    @Override
    public String toString() {
        return "***";
    }
}
