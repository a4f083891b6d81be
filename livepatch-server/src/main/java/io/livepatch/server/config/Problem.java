package io.livepatch.server.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param key where, as the operator wrote it
 * @param value what was found there, masked if it may be a secret; empty if nothing was
 * @param what why it does not do
 * @param remedy what to write instead
 */
public record Problem(String key, String value, String what, String remedy) {
    static final String MASKED = "***";

    @Override
    public String toString() {
        String found = value.isEmpty() ? "" : " = '" + value + "'";
        return key + found + ": " + what + "; " + remedy;
    }
}
