package io.livepatch.fleet.load;

import io.livepatch.fleet.division.Division;
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
record Share(int[] monkeys, Load load, double phase) {

    static Share of(Flock flock, Division division, int replica) {
        int[] monkeys = division.of(replica, flock.count());
        int before = division.present().headSet(replica).size();
        double phase = (before + 0.5) / division.present().size();
        return new Share(
                monkeys,
                switch (flock.load()) {
                    case Load.Closed closed -> closed;
                    case Load.Open open ->
                        RateShares.of(open, division, flock.count()).of(replica);
                },
                phase);
    }
}
