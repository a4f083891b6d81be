package io.livepatch.fleet.replica;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The membership of one. */
record Alone() implements Membership {

    @Override
    public Sighting look(Map<Integer, Heard> heard) {
        return new Sighting(new TreeMap<>(), new TreeSet<>(List.of(0)), Duration.ZERO);
    }

    @Override
    public void close() {
        // Nobody is told.
    }
}
