package io.livepatch.server.care;

import io.livepatch.server.database.Database;
import io.livepatch.server.store.Stores;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the bytes of a patch in the store in effect with the catalog, and records the result in the database: a patch whose bytes
 * differ is marked as damaged and not offered, and the mark is removed when they are right again. Before the record changes, the bytes
 * are read once more under the lock of the patch's name: an upload or a removal may have changed them since. Thread-safe, also across
 * units.
 */
public final class Custody {
    private static final Logger LOG = LoggerFactory.getLogger(Custody.class);

    private final CopyDao dao;
    private final Stores stores;
    private final Runnable changed;

    /**
     * Reads nothing yet.
     *
     * @param changed is called when a patch left the catalog's answers or came back, so that this unit sees it at once
     */
    public Custody(Database database, Stores stores, Runnable changed) {
        this.dao = database.dao(CopyDao.class);
        this.stores = stores;
        this.changed = changed;
    }

    /** The patch of that name, if the catalog has one. */
    public Optional<Listed> find(PatchName name) {
        return dao.find(name.fileName());
    }

    /** Checks the bytes and records the result. */
    public Finding inspect(Listed listed) {
        return inspect(listed, bytes -> bytes);
    }

    /** As {@link #inspect(Listed)}, reading through {@code pace}. */
    Finding inspect(Listed listed, UnaryOperator<InputStream> pace) {
        StoreType type = stores.type();
        Finding first = look(listed, stores.of(type), pace);
        if (first.damaged()) {
            // Before the database is told: it may be away, and no process of this unit is to send what it has mapped.
            recheck(listed);
        }
        boolean known = first.whole() && dao.whole(listed.patchId(), type.text()) > 0;
        return known ? first : settle(listed, type, look -> look);
    }

    private void recheck(Listed listed) {
        try {
            stores.recheck(listed.patch());
        } catch (InvalidNameException | StoreException e) {
            LOG.debug("this unit's file of patch '{}' cannot be checked", listed.filename(), e);
        }
    }

    private static Finding look(Listed listed, PatchStore store, UnaryOperator<InputStream> pace) {
        try {
            return Look.at(store, listed.patch(), pace);
        } catch (InvalidNameException e) {
            return Finding.rotten(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Makes room for new bytes of a patch that are being uploaded: deletes what the store has under its name if that is damaged. The
     * patch stays marked until the new bytes are stored and {@linkplain #inspect checked}.
     *
     * @return whether it was damaged
     */
    public boolean discardIfDamaged(Listed listed) {
        if (!inspect(listed).damaged()) {
            return false;
        }
        StoreType type = stores.type();
        Finding found = settle(listed, type, look -> {
            if (look.damaged()) {
                stores.of(type).delete(listed.patch().name());
            }
            return look;
        });
        return found.damaged();
    }

    /**
     * Puts good bytes in the place of rotten ones.
     *
     * @param spare what this unit has of a patch elsewhere
     * @return whether there were any, and the patch is whole now
     */
    boolean heal(Listed listed, Function<Patch, Optional<PatchContent>> spare) {
        Patch patch = listed.patch();
        try (PatchContent content = spare.apply(patch).orElse(null)) {
            if (content == null || !good(content, patch)) {
                return false;
            }
            StoreType type = stores.type();
            return settle(listed, type, found -> found.damaged() ? replace(stores.of(type), patch, content) : found)
                    .whole();
        }
    }

    /** Checked before damaged bytes are deleted to make room for these. */
    private static boolean good(PatchContent content, Patch patch) {
        try (InputStream bytes = content.read(0, content.patch().size())) {
            return Sha256.of(bytes).equals(patch.sha256());
        } catch (IOException | StoreException e) {
            LOG.warn("cannot heal patch '{}' with a copy that cannot be read: {}", patch.name(), e.getMessage());
            return false;
        }
    }

    private static Finding replace(PatchStore store, Patch patch, PatchContent content) {
        store.delete(patch.name());
        try (InputStream bytes = content.read(0, patch.size())) {
            store.put(patch.name(), bytes, patch.sha256());
        } catch (IOException e) {
            throw new StoreException.SourceFailed(patch.name(), e);
        }
        return Look.at(store, patch);
    }

    /** Checks the bytes again under the lock of the patch's name, applies the remedy to the result, and records what it answers. */
    private Finding settle(Listed listed, StoreType type, UnaryOperator<Finding> remedy) {
        record Settled(Finding finding, Optional<String> before) {}
        Settled settled = dao.inTransaction(tx -> {
            tx.lockName(listed.filename());
            if (!tx.known(listed.patchId())) {
                return new Settled(Finding.GONE, Optional.empty());
            }
            Finding found = remedy.apply(look(listed, stores.of(type), bytes -> bytes));
            Optional<String> before = tx.damage(listed.patchId(), type.text());
            tx.lockCatalog();
            if (tx.inEffect(type.text())) {
                tx.mark(listed.patchId(), type.text(), found.whole() ? null : found.reason());
            }
            return new Settled(found, before);
        });
        tell(listed, type, settled.before(), settled.finding());
        return settled.finding();
    }

    private void tell(Listed listed, StoreType type, Optional<String> before, Finding found) {
        if (found.damaged() && before.isEmpty()) {
            LOG.error(
                    "patch '{}' is damaged in store '{}' and offered to nobody: {}; upload it again with"
                            + " 'livepatch-admin patch add', which puts good bytes in its place",
                    listed.filename(),
                    type,
                    found.reason());
            changed.run();
        } else if (found.whole() && before.isPresent()) {
            LOG.info("patch '{}' is whole again in store '{}' and offered again", listed.filename(), type);
            changed.run();
        }
    }
}
