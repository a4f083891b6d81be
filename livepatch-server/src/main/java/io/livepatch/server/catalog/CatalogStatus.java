package io.livepatch.server.catalog;

import java.time.Instant;
import java.util.Optional;

/**
 * How the catalog in memory is doing, for {@code /debug/status}.
 *
 * @param revision of the database's catalog when it was read; 0 before
 * @param loadedAt when it was read; empty before
 * @param problem why it may be behind; empty when all is well
 */
public record CatalogStatus(long revision, Optional<Instant> loadedAt, int patches, Optional<String> problem) {}
