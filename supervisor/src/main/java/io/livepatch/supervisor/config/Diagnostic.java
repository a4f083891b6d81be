package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * A problem of a configuration that could be read.
 *
 * @param key the path of the option, with the pool's name instead of its index: {@code supervisor.workers[web].limits.lifespan}
 * @param what is wrong, and what to do about it
 */
public record Diagnostic(Severity severity, String key, String what) {

    public enum Severity {
        /** The configuration cannot be used. */
        ERROR,
        /** The configuration works, but probably not as it was meant. */
        REMARK
    }

    static Diagnostic error(String key, String what) {
        return new Diagnostic(Severity.ERROR, key, what);
    }

    static Diagnostic remark(String key, String what) {
        return new Diagnostic(Severity.REMARK, key, what);
    }

    /** An error about an option of a pool. */
    public static Diagnostic error(PoolSpec pool, String key, String what) {
        return error(path(pool, key), what);
    }

    static String path(PoolSpec pool, String key) {
        return "supervisor.workers[%s].%s".formatted(pool.name(), key);
    }

    @Override
    public String toString() {
        return "%s: %s: %s".formatted(severity == Severity.ERROR ? "error" : "remark", key, what);
    }

    /** Collects diagnostics in the order in which the checks report them. Not thread-safe. */
    static final class Collector {

        private final List<Diagnostic> all = new ArrayList<>();

        void add(Diagnostic diagnostic) {
            all.add(diagnostic);
        }

        void error(PoolSpec pool, String key, String what) {
            add(Diagnostic.error(pool, key, what));
        }

        void remark(PoolSpec pool, String key, String what) {
            add(Diagnostic.remark(path(pool, key), what));
        }

        List<Diagnostic> all() {
            return List.copyOf(all);
        }
    }
}
