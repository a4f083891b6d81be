package io.livepatch.server;

import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.server.config.ServerConfig.ClientLimits;

/** The bounds of a unit whose configuration gives none. */
public final class ClientLimitsDefaults {
    public static final ClientLimits DEFAULT = ConfigReader.of(ClientLimits.class, KeyStyle.HYPHENS)
            .readEnvironment()
            .value();

    private ClientLimitsDefaults() {}
}
