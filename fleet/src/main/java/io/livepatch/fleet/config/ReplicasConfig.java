package io.livepatch.fleet.config;

import io.livepatch.common.config.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Section {@code replicas}: which of how many this process is, and how they find each other.
 *
 * @param index from 0
 * @param address where others reach this one's API; without it, where it listens
 * @param run what is theirs together; other runs may use the same database
 * @param lostAfter who has not been heard of for so long is lost
 * @param startTimeout how long to wait for all before those that are there begin
 */
public record ReplicasConfig(
        int count,
        int index,
        Optional<URI> address,
        Meeting meeting,
        String run,
        Duration lostAfter,
        Duration startTimeout) {
    /** How replicas find each other. */
    public sealed interface Meeting {

        /** There is only one. */
        record Alone() implements Meeting {}

        /** By their APIs' addresses, in the order of their indices. */
        record Peers(List<URI> addresses) implements Meeting {
            public Peers {
                addresses = List.copyOf(addresses);
            }
        }

        /**
         * In PostgreSQL.
         *
         * @param dsn {@code postgres://user:password@host:port/database}
         */
        record Database(Secret dsn) implements Meeting {}
    }
}
