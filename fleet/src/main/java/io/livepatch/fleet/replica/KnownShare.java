package io.livepatch.fleet.replica;

import io.livepatch.fleet.figures.Slot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The last that is known of one share, and when each of its seconds came to be what it is. Guarded by its owner. */
final class KnownShare {
    private Share share;
    private boolean lost;
    private long heard;
    private final Map<Integer, Long> changed = new HashMap<>();

    /** From nothing but the whole of it. */
    KnownShare(Share whole, long now) {
        this.share = whole;
        this.heard = now;
        whole.figures().slots().forEach(slot -> changed.put(slot.second(), now));
    }

    Share share() {
        return share;
    }

    /** More of it, or all of it; what is older than what is known changes nothing. */
    void hear(Share told, long now) {
        if (told.sequence() <= share.sequence()) {
            return;
        }
        Map<Integer, Slot> slots = new TreeMap<>();
        share.figures().slots().forEach(slot -> slots.put(slot.second(), slot));
        for (Slot slot : told.figures().slots()) {
            if (!slot.equals(slots.put(slot.second(), slot))) {
                changed.put(slot.second(), now);
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
        List<Slot> all = share.figures().slots();
        List<Slot> news = all.stream()
                .filter(slot -> changed.getOrDefault(slot.second(), 0L) > since)
                .toList();
        return share.with(news, news.size() < all.size());
    }
}
