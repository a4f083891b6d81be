package io.livepatch.server.config;

import io.livepatch.common.config.Option;
import java.time.Duration;

/** Section {@code machines}. */
public record MachinesConfig(
        @Option(
                value =
                        "how long a machine must be silent, neither enrolled nor checked in by the database's clock, before"
                                + " another client may enrol its id. See"
                                + " [Who may enrol a machine](security.md#who-may-enrol-a-machine)",
                byDefault = "24h",
                min = "1m",
                max = "8760h",
                example = "24h")
        Duration takeoverAfter) {}
