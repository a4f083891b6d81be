package io.livepatch.fleet.replica;

import io.livepatch.fleet.stats.SecondStats;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The last that is known of one share, and when each of its seconds came to be what it is. Guarded by its owner. */
final class VersionedShare {
    private Share share;
    private boolean lost;
    private long heard;
    private final Map<Integer, Long> changed = new HashMap<>();

    /** From nothing but the whole of it. */
    VersionedShare(Share whole, long now) {
        this.share = whole;
        this.heard = now;
        whole.figures().slots().forEach(secondStats -> changed.put(secondStats.second(), now));
    }

    Share share() {
        return share;
    }

    /** More of it, or all of it; what is older than what is known changes nothing. */
    void hear(Share told, long now) {
        if (told.sequence() <= share.sequence()) {
            return;
        }
        Map<Integer, SecondStats> slots = new TreeMap<>();
        share.figures().slots().forEach(secondStats -> slots.put(secondStats.second(), secondStats));
        for (SecondStats secondStats : told.figures().slots()) {
            if (!secondStats.equals(slots.put(secondStats.second(), secondStats))) {
                changed.put(secondStats.second(), now);
            }
        }
        share = told.with(List.copyOf(slots.values()), false);
        heard = now;
    }

    /** Who did it is lost or is not. One that we tell of from now on is news to those who know all that we told before. */
    void lost(boolean now, long at) {
        if (now && !lost) {
            heard = at;
            changed.replaceAll((second, before) -> at);
        }
        lost = now;
    }

    boolean changedSince(long since) {
        return heard > since;
    }

    /** With the seconds alone that have changed since then. */
    Share since(long since) {
        List<SecondStats> all = share.figures().slots();
        List<SecondStats> news = all.stream()
                .filter(secondStats -> changed.getOrDefault(secondStats.second(), 0L) > since)
                .toList();
        return share.with(news, news.size() < all.size());
    }
}
