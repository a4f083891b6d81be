package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Something about a configuration that reading alone does not tell.
 *
 * @param key the path of the key that it is about, with the pool's name in the place of its number:
 *     {@code supervisor.workers[web].limits.lifespan}
 * @param what it is and what to do about it
 */
public record Diagnostic(Severity severity, String key, String what) {

    /** Whether it stops a start. */
    public enum Severity {
        /** It cannot work as it is written. */
        ERROR,
        /** It works, but probably not as it was meant. */
        REMARK
    }

    static Diagnostic error(String key, String what) {
        return new Diagnostic(Severity.ERROR, key, what);
    }

    static Diagnostic remark(String key, String what) {
        return new Diagnostic(Severity.REMARK, key, what);
    }

    /** The path of a pool's key. */
    static String path(PoolSpec pool, String key) {
        return "supervisor.workers[%s].%s".formatted(pool.name(), key);
    }

    @Override
    public String toString() {
        return "%s: %s: %s".formatted(severity == Severity.ERROR ? "error" : "remark", key, what);
    }

    /** Collects diagnostics in the order in which the checks find them. Not thread-safe. */
    static final class Collector {

        private final List<Diagnostic> all = new ArrayList<>();

        void add(Diagnostic diagnostic) {
            all.add(diagnostic);
        }

        void error(PoolSpec pool, String key, String what) {
            add(Diagnostic.error(path(pool, key), what));
        }

        void remark(PoolSpec pool, String key, String what) {
            add(Diagnostic.remark(path(pool, key), what));
        }

        List<Diagnostic> all() {
            return List.copyOf(all);
        }
    }
}
