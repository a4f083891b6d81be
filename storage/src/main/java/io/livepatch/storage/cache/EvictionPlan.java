package io.livepatch.storage.cache;

import io.livepatch.storage.Sha256;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the cache has, and which of it should go: the decisions, without the deeds. */
record EvictionPlan(List<Entry> entries) {
    private static final Comparator<Entry> LEAST_RECENTLY_USED = Comparator.comparing(Entry::used)
            .thenComparing(entry -> entry.sha256().hex());

    EvictionPlan {
        entries = entries.stream().sorted(LEAST_RECENTLY_USED).toList();
    }

    /**
     * A file of it.
     *
     * @param used when it was last asked for, to the minute or so
     */
    record Entry(Path file, Sha256 sha256, long size, Instant used) {}

    long bytes() {
        return entries.stream().mapToLong(Entry::size).sum();
    }

    /** Those that nobody asked for since. */
    EvictionPlan unusedSince(Instant instant) {
        return new EvictionPlan(
                entries.stream().filter(entry -> entry.used().isBefore(instant)).toList());
    }

    EvictionPlan without(EvictionPlan others) {
        Set<Sha256> those = others.entries().stream().map(Entry::sha256).collect(Collectors.toSet());
        return new EvictionPlan(entries.stream()
                .filter(entry -> !those.contains(entry.sha256()))
                .toList());
    }

    /** The least recently used that together have at least so many bytes, or all. */
    EvictionPlan oldest(long wanted) {
        List<Entry> oldest = new ArrayList<>();
        long bytes = 0;
        for (Entry entry : entries) {
            if (bytes >= wanted) {
                break;
            }
            oldest.add(entry);
            bytes += entry.size();
        }
        return new EvictionPlan(oldest);
    }
}
