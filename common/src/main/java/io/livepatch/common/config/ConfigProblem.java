package io.livepatch.common.config;

/**
 * One problem of a configuration.
 *
 * @param source a file, or an environment variable
 * @param line counted from 1; 0 if it belongs to none
 * @param key the path of the option, such as {@code flocks[0].count}; empty for the configuration as a whole
 * @param value the refused value, masked if it may be a secret; may be empty
 * @param what the reason, which completes "'VALUE' …" or "KEY …"
 * @param remedy how to correct it
 */
public record ConfigProblem(String source, int line, String key, String value, String what, String remedy) {
    /** {@code FILE:LINE: KEY: 'VALUE' WHAT; REMEDY}; without the value where WHAT quotes it. */
    @Override
    public String toString() {
        return source
                + (line == 0 ? "" : ":" + line)
                + (key.isEmpty() ? "" : ": " + key)
                + (value.isEmpty() || what.contains("'" + value + "'") ? ": " : ": '" + value + "' ")
                + what
                + (remedy.isEmpty() ? "" : "; " + remedy);
    }
}
