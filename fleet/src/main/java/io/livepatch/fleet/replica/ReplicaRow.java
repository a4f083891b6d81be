package io.livepatch.fleet.replica;

import java.time.Instant;
import java.util.UUID;

/** Public because the mapper must see it. */
public record ReplicaRow(int replica, String address, UUID incarnation, Instant seen, Instant now) {}
