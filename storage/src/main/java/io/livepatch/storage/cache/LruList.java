package io.livepatch.storage.cache;

import io.livepatch.storage.Sha256;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Files of the cache, least recently used first, from which evictions are chosen. Touches no disk. */
record LruList(List<Entry> entries) {
    private static final Comparator<Entry> LEAST_RECENTLY_USED = Comparator.comparing(Entry::lastUsed)
            .thenComparing(entry -> entry.sha256().hex());

    LruList {
        entries = entries.stream().sorted(LEAST_RECENTLY_USED).toList();
    }

    /**
     * A file of the cache.
     *
     * @param size in bytes
     * @param lastUsed time of the last use, with a resolution of a minute
     */
    record Entry(Path file, Sha256 sha256, long size, Instant lastUsed) {}

    /** Total size. */
    long bytes() {
        return entries.stream().mapToLong(Entry::size).sum();
    }

    LruList unusedSince(Instant instant) {
        return new LruList(entries.stream()
                .filter(entry -> entry.lastUsed().isBefore(instant))
                .toList());
    }

    /** The entries whose digest is not in the other list. */
    LruList without(LruList others) {
        Set<Sha256> excluded = others.entries().stream().map(Entry::sha256).collect(Collectors.toSet());
        return new LruList(entries.stream()
                .filter(entry -> !excluded.contains(entry.sha256()))
                .toList());
    }

    /** The fewest least recently used entries that have at least so many bytes in total; all, if together they have fewer. */
    LruList oldest(long wanted) {
        List<Entry> oldest = new ArrayList<>();
        long bytes = 0;
        for (Entry entry : entries) {
            if (bytes >= wanted) {
                break;
            }
            oldest.add(entry);
            bytes += entry.size();
        }
        return new LruList(oldest);
    }
}
