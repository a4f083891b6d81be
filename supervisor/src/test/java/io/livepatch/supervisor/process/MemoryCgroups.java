package io.livepatch.supervisor.process;

import io.livepatch.testing.Requires;
import java.util.Optional;

/** The kernel can limit the memory of a worker's cgroup: root, or a unit of systemd with delegation. */
public final class MemoryCgroups implements Requires.Requirement {
    @Override
    public Optional<String> missing() {
        try (LinuxProcesses processes = LinuxProcesses.start()) {
            return processes.remarks().stream().findFirst();
        }
    }
}
