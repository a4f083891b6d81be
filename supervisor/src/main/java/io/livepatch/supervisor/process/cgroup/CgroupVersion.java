package io.livepatch.supervisor.process.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The two interfaces of the kernel: which files of a group say and do what. */
enum CgroupVersion {
    /** One hierarchy for everything, version 2. */
    UNIFIED {
        @Override
        void limitMemory(Path group, long bytes) throws IOException {
            Files.writeString(group.resolve("memory.max"), Long.toString(bytes));
            if (Files.exists(group.resolve("memory.swap.max"))) {
                Files.writeString(group.resolve("memory.swap.max"), "0");
            }
        }

        @Override
        long kills(Path group) throws IOException {
            return value(group.resolve("memory.events"), "oom_kill");
        }

        @Override
        boolean metLimit(Path group, long bytes) throws IOException {
            return value(group.resolve("memory.events"), "oom") > 0;
        }

        @Override
        void kill(Path group) throws IOException {
            // All at once, however fast they fork; from Linux 5.14 on.
            if (Files.exists(group.resolve("cgroup.kill"))) {
                Files.writeString(group.resolve("cgroup.kill"), "1");
            }
        }
    },
    /** A hierarchy for each controller, version 1; the one that limits memory is used. */
    LEGACY {
        @Override
        void limitMemory(Path group, long bytes) throws IOException {
            Files.writeString(group.resolve("memory.limit_in_bytes"), Long.toString(bytes));
            // Memory and swap together, which must not be less than memory alone.
            if (Files.exists(group.resolve("memory.memsw.limit_in_bytes"))) {
                Files.writeString(group.resolve("memory.memsw.limit_in_bytes"), Long.toString(bytes));
            }
        }

        @Override
        long kills(Path group) throws IOException {
            return value(group.resolve("memory.oom_control"), "oom_kill");
        }

        @Override
        boolean metLimit(Path group, long bytes) throws IOException {
            // The counters of failures stay at zero in recent kernels; the peak may be some pages short.
            String peak = Files.readString(group.resolve("memory.max_usage_in_bytes"));
            return Long.parseLong(peak.strip()) >= bytes - bytes / 32;
        }

        @Override
        void kill(Path group) {
            // There is no such thing; its members are killed one by one.
        }
    };

    /** Memory and swap, of all members together; at this the kernel kills. */
    abstract void limitMemory(Path group, long bytes) throws IOException;

    /** How many members the kernel has killed for memory, its own limit or another's. */
    abstract long kills(Path group) throws IOException;

    /** Whether it has ever been at its own limit, which is {@code bytes}. */
    abstract boolean metLimit(Path group, long bytes) throws IOException;

    abstract void kill(Path group) throws IOException;

    private static long value(Path file, String key) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(key + " "))
                .mapToLong(line -> Long.parseLong(line.substring(key.length()).strip()))
                .findFirst()
                .orElse(0);
    }
}
