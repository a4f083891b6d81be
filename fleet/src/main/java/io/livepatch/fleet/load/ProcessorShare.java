package io.livepatch.fleet.load;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How much of the machine this process used since it was last asked. Not thread-safe. */
final class ProcessorShare {
    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private long used = system.getProcessCpuTime();
    private long then = System.nanoTime();

    /** Of all processors, 0 to 1. */
    double sinceLast() {
        long usedNow = system.getProcessCpuTime();
        long now = System.nanoTime();
        double share = (double) (usedNow - used) / Math.max(1, now - then) / system.getAvailableProcessors();
        used = usedNow;
        then = now;
        return Math.clamp(share, 0, 1);
    }
}
