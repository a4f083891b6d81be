package io.livepatch.supervisor.config;

/**
 * Something about a configuration that reading alone does not tell.
 *
 * @param key the path of the key that it is about, with the pool's name in the place of its number:
 *     {@code supervisor.workers[web].limits.lifespan}
 * @param what it is and what to do about it
 */
public record Finding(Severity severity, String key, String what) {

    /** Whether it stops a start. */
    public enum Severity {
        /** It cannot work as it is written. */
        ERROR,
        /** It works, but probably not as it was meant. */
        REMARK
    }

    static Finding error(String key, String what) {
        return new Finding(Severity.ERROR, key, what);
    }

    static Finding remark(String key, String what) {
        return new Finding(Severity.REMARK, key, what);
    }

    @Override
    public String toString() {
        return "%s: %s: %s".formatted(severity == Severity.ERROR ? "error" : "remark", key, what);
    }
}
