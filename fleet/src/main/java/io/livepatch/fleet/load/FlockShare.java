package io.livepatch.fleet.load;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.division.RateShares;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;

/**
 * What one replica has of a flock.
 *
 * @param monkeys in ascending order
 * @param load this replica's part of the rates
 * @param phase where between two arrivals of this replica its own lie, 0 to 1, so that those of all replicas together come evenly
 */
@SuppressWarnings("ArrayRecordComponent") // ten million numbers; nobody compares shares
record FlockShare(int[] monkeys, Load load, double phase) {

    static FlockShare of(Flock flock, FlockPartition flockPartition, int replica) {
        int[] monkeys = flockPartition.of(replica, flock.count());
        int before = flockPartition.present().headSet(replica).size();
        double phase = (before + 0.5) / flockPartition.present().size();
        return new FlockShare(
                monkeys,
                switch (flock.load()) {
                    case Load.Closed closed -> closed;
                    case Load.Open open ->
                        RateShares.of(open, flockPartition, flock.count()).of(replica);
                },
                phase);
    }
}
