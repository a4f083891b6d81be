package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import java.util.ArrayList;
import java.util.List;

/** Collects what the checks find, in the order in which they find it. */
final class Findings {

    private final List<Finding> all = new ArrayList<>();

    void add(Finding finding) {
        all.add(finding);
    }

    void error(PoolSpec pool, String key, String what) {
        add(Finding.error(path(pool, key), what));
    }

    void remark(PoolSpec pool, String key, String what) {
        add(Finding.remark(path(pool, key), what));
    }

    static String path(PoolSpec pool, String key) {
        return "supervisor.workers[%s].%s".formatted(pool.name(), key);
    }

    List<Finding> all() {
        return List.copyOf(all);
    }
}
