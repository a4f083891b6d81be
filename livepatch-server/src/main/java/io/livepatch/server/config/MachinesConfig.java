package io.livepatch.server.config;

import java.time.Duration;

/**
 * Section {@code machines}.
 *
 * @param takeoverAfter how long a machine must be silent before another client may enrol it
 */
public record MachinesConfig(Duration takeoverAfter) {
    public static final Duration DEFAULT_TAKEOVER_AFTER = Duration.ofHours(24);

    public MachinesConfig {
        if (!takeoverAfter.isPositive()) {
            throw new IllegalArgumentException("the time until a takeover is not positive");
        }
    }
}
