package io.livepatch.server.care;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.UnaryOperator;

/** Reads a patch out of a store, all of it, and compares it with what the catalog says. Writes nothing down. */
public final class Look {
    private Look() {}

    /**
     * Looks.
     *
     * @throws StoreException.Unavailable if the store cannot tell now
     */
    public static Finding at(PatchStore store, Patch patch) {
        return at(store, patch, bytes -> bytes);
    }

    /** As {@link #at(PatchStore, Patch)}, reading through {@code pace}. */
    static Finding at(PatchStore store, Patch patch, UnaryOperator<InputStream> pace) {
        try (PatchContent content =
                store.open(patch.name()).orElseThrow(() -> new StoreException.NotFound(patch.name(), "store"))) {
            Patch there = content.patch();
            if (!there.equals(patch)) {
                return Finding.rotten("the store has %d bytes with sha256 %s under this name, not %d with %s"
                        .formatted(there.size(), there.sha256(), patch.size(), patch.sha256()));
            }
            return hash(store, content, pace);
        } catch (StoreException.NotFound e) {
            return Finding.missing("the store has no bytes of it");
        } catch (StoreException.Corrupt e) {
            return Finding.rotten(String.valueOf(e.getMessage()));
        }
    }

    private static Finding hash(PatchStore store, PatchContent content, UnaryOperator<InputStream> pace) {
        Patch patch = content.patch();
        try (InputStream bytes = pace.apply(content.read(0, patch.size()))) {
            Sha256 actual = Sha256.of(bytes);
            return actual.equals(patch.sha256())
                    ? Finding.WHOLE
                    : Finding.rotten("its bytes hash to " + actual + " instead of " + patch.sha256());
        } catch (IOException e) {
            return broken(store, content, e);
        }
    }

    /** A line that was cut says nothing of the bytes behind it; a sector that cannot be read does. */
    private static Finding broken(PatchStore store, PatchContent content, IOException failure) {
        Patch patch = content.patch();
        StoreException.Unavailable unknown = new StoreException.Unavailable(
                "patch '" + patch.name() + "' could not be read to its end (" + failure.getMessage() + "); try again",
                failure);
        if (Thread.currentThread().isInterrupted()) {
            throw unknown;
        }
        try {
            store.verify(patch.name());
        } catch (StoreException.Unavailable e) {
            if (content instanceof PatchContent.LocalFile && store.check().ok()) {
                return Finding.rotten("it cannot be read: " + failure.getMessage());
            }
            throw e;
        }
        throw unknown;
    }
}
