package io.livepatch.supervisor.process;

import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The seam to whatever knows what processes use up. */
@FunctionalInterface
public interface UsageReader {

    /**
     * Measures these sessions, all in one go, without blocking; answers once, on any thread. Sessions that are gone are missing from
     * the answer; requests are not counted here.
     */
    void measure(Set<Long> sessions, Consumer<Map<Long, ResourceUsage>> answer);
}
