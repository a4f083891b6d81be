package io.livepatch.fleet.load;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Function;

/** Runs a replica's share of flocks in this process. */
public final class LocalFlockRuns implements FlockRuns {
    private final int replica;
    private final Function<Flock, Business> businesses;
    private final InstantSource clock;
    private final Limits limits;

    /**
     * Of one replica.
     *
     * @param replica its index, from 0
     * @param businesses make what the machines of a flock do; the run closes it
     * @param clock in which common starts are told
     */
    public LocalFlockRuns(int replica, Function<Flock, Business> businesses, InstantSource clock, Limits limits) {
        this.replica = replica;
        this.businesses = businesses;
        this.clock = clock;
        this.limits = limits;
    }

    @Override
    public FlockRun start(Flock flock, FlockPartition flockPartition, Instant begin) {
        long origin =
                System.nanoTime() + Duration.between(clock.instant(), begin).toNanos();
        LocalFlockRun.Site site = new LocalFlockRun.Site(replica, flockPartition.replicas(), limits);
        LocalFlockRun run = new LocalFlockRun(flock, site, businesses.apply(flock), begin, origin);
        run.start(flockPartition);
        return run;
    }
}
