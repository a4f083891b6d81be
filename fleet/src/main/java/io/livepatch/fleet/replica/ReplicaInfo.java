package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * How a replica does, as seen from another.
 *
 * @param held it is there, and does nothing, since it cannot know who else is
 * @param heard when it last told something
 */
public record ReplicaInfo(int index, Optional<URI> address, boolean present, boolean held, Optional<Instant> heard) {}
