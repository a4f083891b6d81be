package io.livepatch.server;

import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.server.config.ServerConfig.EdgeConfig;

/** The bounds of a unit whose configuration gives none. */
public final class EdgeDefaults {
    public static final EdgeConfig DEFAULT = ConfigReader.of(EdgeConfig.class, KeyStyle.HYPHENS)
            .readEnvironment()
            .value();

    private EdgeDefaults() {}
}
