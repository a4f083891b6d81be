package io.livepatch.server.care;

import io.livepatch.server.database.Database;
import io.livepatch.server.store.Stores;
import io.livepatch.server.task.Amount;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at every patch in the store in effect, in steps that know nothing of each other. Thread-safe. */
public final class Verification {
    private static final int BATCH = 100;

    private final CopyDao dao;
    private final Custody custody;
    private final Stores stores;
    private final InstantSource clock;

    /** Looks at nothing yet. */
    public Verification(Database database, Custody custody, Stores stores, InstantSource clock) {
        this.dao = database.dao(CopyDao.class);
        this.custody = custody;
        this.stores = stores;
        this.clock = clock;
    }

    /** A patch that cannot be served as it is. */
    public record Damaged(String filename, Finding.State state, String reason) {}

    /**
     * How far it is.
     *
     * @param patches all of those up to the last one that was looked at, and of the catalog
     * @param damaged what this step found
     * @param after where the next step goes on; empty when all were looked at
     */
    public record Step(String type, Amount patches, Amount bytes, List<Damaged> damaged, Optional<String> after) {}

    /**
     * Looks at patches, at one at least, until the budget is used or none is left.
     *
     * @param after the file name that the last step ended with; empty for the first
     */
    public Step step(String after, Duration budget) {
        Instant end = clock.instant().plus(budget);
        String type = stores.current().text();
        List<Damaged> damaged = new ArrayList<>();
        String last = after;
        List<Listed> batch = dao.after(last, BATCH);
        while (!batch.isEmpty()) {
            for (Listed listed : batch) {
                Finding found = custody.inspect(listed);
                if (found.damaged()) {
                    damaged.add(new Damaged(listed.filename(), found.state(), found.reason()));
                }
                last = listed.filename();
                if (!clock.instant().isBefore(end)) {
                    return answer(type, last, damaged, Optional.of(last));
                }
            }
            batch = dao.after(last, BATCH);
        }
        return answer(type, last, damaged, Optional.empty());
    }

    private Step answer(String type, String last, List<Damaged> damaged, Optional<String> after) {
        CopyDao.Sum all = dao.sum();
        CopyDao.Sum done = after.isEmpty() ? all : dao.sum(last);
        return new Step(
                type, new Amount(done.patches(), all.patches()), new Amount(done.bytes(), all.bytes()), damaged, after);
    }
}
