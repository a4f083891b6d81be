package io.livepatch.fleet.protocol;

import java.util.Optional;

/**
 * What the server knows of a machine; texts as it gave them, made fit for a terminal.
 *
 * @param lastCheckIn an ISO 8601 time
 */
public record MachineInfo(String tier, Optional<String> enrolledAt, Optional<String> lastCheckIn) {}
