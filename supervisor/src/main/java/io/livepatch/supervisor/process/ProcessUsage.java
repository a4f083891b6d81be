package io.livepatch.supervisor.process;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * What the process collectors of Prometheus' clients tell, of one process alone, which cannot tell it itself.
 *
 * @param cpu user and system time of its own, without that of its children
 * @param maxOpenFiles the soft limit; empty when there is none
 * @param maxVirtualBytes empty when there is none
 */
public record ProcessUsage(
        long pid,
        Duration cpu,
        int openFiles,
        OptionalLong maxOpenFiles,
        long virtualBytes,
        OptionalLong maxVirtualBytes,
        long residentBytes,
        Instant startedAt) {}
