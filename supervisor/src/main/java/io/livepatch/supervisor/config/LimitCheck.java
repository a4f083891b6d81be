package io.livepatch.supervisor.config;

import io.livepatch.common.config.DataSize;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.PoolSpec;

/** Checks that each limit can be reached, and that soft limits are below hard ones. */
record LimitCheck(Diagnostic.Collector diagnostics, HostFacts host) {

    void check(PoolSpec spec) {
        Limits limits = spec.limits();
        limits.memory().ifPresent(memory -> checkMemory(spec, memory));
        if (limits.openFiles().isPresent()
                && limits.hardOpenFiles().isPresent()
                && limits.openFiles().getAsInt() >= limits.hardOpenFiles().getAsInt()) {
            diagnostics.remark(
                    spec,
                    "limits.open_files",
                    "%d is not below max_open_files %d, at which a process can open no more: only a worker with children gets there"
                            .formatted(
                                    limits.openFiles().getAsInt(),
                                    limits.hardOpenFiles().getAsInt()));
        }
        if (limits.jitter() > 0 && limits.lifespan().isEmpty()) {
            diagnostics.remark(spec, "limits.jitter_ratio", "there is no lifespan that it could lengthen");
        }
    }

    private void checkMemory(PoolSpec spec, long memory) {
        long hard = spec.limits().hardMemory().orElse(Long.MAX_VALUE);
        if (memory >= hard) {
            diagnostics.error(
                    spec,
                    "limits.memory",
                    "%s is not below memory_hard %s: the kernel kills before the worker can be replaced in peace"
                            .formatted(new DataSize(memory), new DataSize(hard)));
        }
        long all = saturated(memory, spec.maxWorkers());
        if (memory >= host.memoryBytes()) {
            diagnostics.error(
                    spec,
                    "limits.memory",
                    "%s is never reached: there are %s on this machine"
                            .formatted(new DataSize(memory), new DataSize(host.memoryBytes()).rounded()));
        } else if (all > host.memoryBytes()) {
            diagnostics.remark(
                    spec,
                    "limits.memory",
                    "%d workers at this limit, replacements included, are %s, and this machine has %s"
                            .formatted(
                                    spec.maxWorkers(),
                                    new DataSize(all).rounded(),
                                    new DataSize(host.memoryBytes()).rounded()));
        }
    }

    static long saturated(long bytes, int times) {
        return bytes > Long.MAX_VALUE / Math.max(times, 1) ? Long.MAX_VALUE : bytes * times;
    }
}
