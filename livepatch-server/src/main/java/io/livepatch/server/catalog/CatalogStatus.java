package io.livepatch.server.catalog;

import java.time.Instant;
import java.util.Optional;

/**
 * The status of the catalog in memory, for {@code /debug/status}.
 *
 * @param revision of the database's catalog when it was read; 0 before
 * @param loadedAt when it was read; empty before
 * @param problem why it may be outdated; empty if it is current
 */
public record CatalogStatus(long revision, Optional<Instant> loadedAt, int patches, Optional<String> problem) {}
