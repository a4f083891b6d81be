package io.livepatch.fleet.config;

/**
 * One thing that is wrong with a configuration file.
 *
 * @param file where it was read from
 * @param line counted from 1; 0 for the file as a whole
 * @param key the path of the key, such as {@code flocks[0].count}; empty for the file as a whole
 * @param what is wrong, and what is allowed; quotes no secret
 */
public record Problem(String file, int line, String key, String what) {

    @Override
    public String toString() {
        return file + (line == 0 ? "" : ":" + line) + (key.isEmpty() ? "" : ": " + key) + ": " + what;
    }
}
