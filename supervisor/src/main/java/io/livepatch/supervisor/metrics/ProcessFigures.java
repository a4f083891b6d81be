package io.livepatch.supervisor.metrics;

import java.util.OptionalDouble;

/**
 * What Prometheus' client libraries tell of a process, of one worker's own.
 *
 * @param maxFds its soft limit
 * @param virtualMaxBytes empty when it has no such limit
 * @param startTimeSeconds since 1970
 */
public record ProcessFigures(
        double cpuSeconds,
        long openFds,
        long maxFds,
        long virtualBytes,
        OptionalDouble virtualMaxBytes,
        long residentBytes,
        double startTimeSeconds) {}
