package io.livepatch.supervisor;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * What a worker and its descendants use at one moment.
 *
 * @param processes how many there are in its session
 * @param residentBytes the sum over all of them; shared pages are counted in each
 * @param cpu user and system time since launch, ended children included
 * @param requests since launch, where they are counted
 */
public record ResourceUsage(int processes, long residentBytes, Duration cpu, int openFiles, OptionalLong requests) {}
