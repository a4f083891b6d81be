package io.livepatch.server.config;

import io.livepatch.common.config.Option;

/**
 * All options of one unit, validated as a whole. Each is declared once, at a component of its section's record; the document and
 * the schema for other programs follow from that. Read by {@link ConfigFile}.
 */
public record Config(
        @Option("the HTTP server") ServerConfig server,

        @Option("how machines enrol") MachinesConfig machines,

        @Option("the PostgreSQL behind it") DatabaseConfig database,

        @Option("who may administer") AuthConfig auth,

        @Option(value = "where patch bytes are kept", key = "patch-storage")
        PatchStorageConfig storage,

        @Option(value = "where copies of them are kept", key = "patch-cache")
        PatchCacheConfig cache) {}
