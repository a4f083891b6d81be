package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who is there.
 *
 * @param others whom to ask, whether they are there or not
 * @param present who is there, we ourselves among them
 * @param ahead how far the clock that all replicas go by is ahead of ours
 */
public record MembershipSnapshot(NavigableMap<Integer, URI> others, NavigableSet<Integer> present, Duration ahead) {
    public MembershipSnapshot {
        others = Collections.unmodifiableNavigableMap(new TreeMap<>(others));
        present = Collections.unmodifiableNavigableSet(new TreeSet<>(present));
    }
}
