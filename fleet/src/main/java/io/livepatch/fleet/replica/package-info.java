/**
 * Several processes that run one load together: membership, flock commands, and the statistics of all. Every replica has the whole state: it pulls
 * from each of the others every second, and there is no leader. Entry point: {@link io.livepatch.fleet.replica.Replica}.
 *
 * <pre>
 * Replica ─▶ MembershipLease ─▶ Membership: which replicas are present, and whether this one may run its share
 *    │─────▶ GossipProtocol ─▶ SharedState: FlockCommands, Shares, annotations, AvailabilityLog
 *    └─────▶ LocalRuns ─▶ FlockRun: this replica's share of each flock
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.replica;

import org.jspecify.annotations.NullMarked;
