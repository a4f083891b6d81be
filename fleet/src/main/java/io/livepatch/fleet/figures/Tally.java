package io.livepatch.fleet.figures;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts by a word that comes from outside. Only so many words are told apart, so that a server that makes up new ones does not eat the memory. */
final class Tally {
    static final String OTHER = "other";

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final int most;

    Tally(int most) {
        this.most = most;
    }

    void add(String word) {
        LongAdder count = counts.get(word);
        (count == null ? admit(word) : count).increment();
    }

    private synchronized LongAdder admit(String word) {
        return counts.computeIfAbsent(counts.size() < most ? word : OTHER, any -> new LongAdder());
    }

    Map<String, Long> counts() {
        Map<String, Long> now = new TreeMap<>();
        counts.forEach((word, count) -> now.put(word, count.sum()));
        return now;
    }
}
