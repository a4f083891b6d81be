package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.PoolSpec;

/** That each limit can be reached, and none is reached before the one that should come first. */
record LimitCheck(Findings findings, Machine machine) {

    void look(PoolSpec spec) {
        Limits limits = spec.limits();
        limits.memory().ifPresent(memory -> lookAtMemory(spec, memory));
        if (limits.openFiles().isPresent()
                && limits.hardOpenFiles().isPresent()
                && limits.openFiles().getAsInt() >= limits.hardOpenFiles().getAsInt()) {
            findings.remark(
                    spec,
                    "limits.open_files",
                    "%d is not below max_open_files %d, at which a process can open no more: only a worker with children gets there"
                            .formatted(
                                    limits.openFiles().getAsInt(),
                                    limits.hardOpenFiles().getAsInt()));
        }
        if (limits.jitter() > 0 && limits.lifespan().isEmpty()) {
            findings.remark(spec, "limits.jitter_ratio", "there is no lifespan that it could lengthen");
        }
    }

    private void lookAtMemory(PoolSpec spec, long memory) {
        long hard = spec.limits().hardMemory().orElse(Long.MAX_VALUE);
        if (memory >= hard) {
            findings.error(
                    spec,
                    "limits.memory",
                    "%s is not below memory_hard %s: the kernel kills before the worker can be replaced in peace"
                            .formatted(Size.print(memory), Size.print(hard)));
        }
        long all = saturated(memory, spec.seats());
        if (memory >= machine.memoryBytes()) {
            findings.error(
                    spec,
                    "limits.memory",
                    "%s is never reached: there are %s on this machine"
                            .formatted(Size.print(memory), Size.about(machine.memoryBytes())));
        } else if (all > machine.memoryBytes()) {
            findings.remark(
                    spec,
                    "limits.memory",
                    "%d workers at this limit, replacements included, are %s, and this machine has %s"
                            .formatted(spec.seats(), Size.about(all), Size.about(machine.memoryBytes())));
        }
    }

    static long saturated(long bytes, int times) {
        return bytes > Long.MAX_VALUE / Math.max(times, 1) ? Long.MAX_VALUE : bytes * times;
    }
}
