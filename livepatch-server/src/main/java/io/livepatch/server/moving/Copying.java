package io.livepatch.server.moving;

import io.livepatch.server.care.Custody;
import io.livepatch.server.care.Finding;
import io.livepatch.server.care.Listed;
import io.livepatch.server.care.Look;
import io.livepatch.server.store.Stores;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies one patch after another from a store to another, and reads each copy back. */
final class Copying {
    private static final Logger LOG = LoggerFactory.getLogger(Copying.class);

    private final MoveDao dao;
    private final Custody custody;
    private final StoreType from;
    private final StoreType to;
    private final PatchStore source;
    private final PatchStore target;

    Copying(MoveDao dao, Custody custody, Stores stores, StoreType from, StoreType to) {
        this.dao = dao;
        this.custody = custody;
        this.from = from;
        this.to = to;
        this.source = stores.of(from);
        this.target = stores.of(to);
    }

    /**
     * Copies a patch, verifies it, and writes that down.
     *
     * @return why not; empty if it is there, or has left the catalog meanwhile
     * @throws StoreException.Unavailable if one of the stores cannot be used now
     * @throws StoreException.Full if the target has no room
     */
    Optional<String> copy(Listed listed) {
        try {
            return copy(listed, listed.patch());
        } catch (InvalidNameException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private Optional<String> copy(Listed listed, Patch patch) {
        try {
            boolean created = put(patch);
            Finding found = Look.at(target, patch);
            if (!found.whole()) {
                // It has the name and the digest of this patch, so it is a damaged copy of this one and not another
                // patch.
                target.delete(patch.name());
                created = put(patch);
                found = Look.at(target, patch);
            }
            if (!found.whole()) {
                return Optional.of("store '" + to + "' does not give back what it was given: " + found.reason());
            }
            note(listed, patch.name(), created);
            return Optional.empty();
        } catch (StoreException.Conflict e) {
            return Optional.of(Advice.otherBytes(to));
        } catch (StoreException.NotFound
                | StoreException.Corrupt
                | StoreException.DigestMismatch
                | StoreException.SourceFailed e) {
            return source(listed, e);
        }
    }

    /** Copies a patch and verifies it, and does nothing else. Answers false if anything is out of the ordinary. */
    boolean deliver(Listed listed) {
        try {
            Patch patch = listed.patch();
            put(patch);
            return Look.at(target, patch).whole();
        } catch (StoreException | InvalidNameException e) {
            LOG.debug("patch '{}' has to be copied with more care", listed.filename(), e);
            return false;
        }
    }

    private boolean put(Patch patch) {
        try (PatchContent content = source.open(patch.name())
                        .orElseThrow(() -> new StoreException.NotFound(patch.name(), "store '" + from + "'"));
                InputStream bytes = content.read(0, content.patch().size())) {
            return target.put(patch.name(), bytes, patch.sha256()).created();
        } catch (IOException e) {
            throw new StoreException.SourceFailed(patch.name(), e);
        }
    }

    private void note(Listed listed, PatchName name, boolean created) {
        if (dao.copied(listed.patchId(), to.text()) == 0 && created) {
            // Removed while it was copied. Left there, it would be in the way of another patch of its name.
            dao.useTransaction(tx -> {
                tx.lockName(listed.filename());
                if (!tx.known(listed.patchId())) {
                    target.delete(name);
                }
            });
        }
    }

    private Optional<String> source(Listed listed, StoreException failure) {
        Finding found = custody.inspect(listed);
        return switch (found.state()) {
            case GONE -> Optional.empty();
            case ROTTEN, MISSING -> Optional.of(Advice.damaged(from, found.reason()));
            case WHOLE ->
                Optional.of("could not be read, and can be by now (" + failure.getMessage() + "): run this again");
        };
    }
}
