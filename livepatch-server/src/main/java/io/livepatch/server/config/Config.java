package io.livepatch.server.config;

/**
 * All settings of one unit, validated as a whole. Read by {@link ConfigFile}.
 *
 * @param server the HTTP server
 * @param machines how machines enrol
 * @param database the PostgreSQL behind it
 * @param auth who may administer
 * @param storage where patch bytes are kept
 * @param cache where they are kept at hand
 */
public record Config(
        ServerConfig server,
        MachinesConfig machines,
        DatabaseConfig database,
        AuthConfig auth,
        PatchStorageConfig storage,
        PatchCacheConfig cache) {}
