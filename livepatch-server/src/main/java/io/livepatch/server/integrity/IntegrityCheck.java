package io.livepatch.server.integrity;

import com.fasterxml.jackson.annotation.JsonValue;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Reads a whole patch from a store and compares it with the catalog. Records nothing. */
public final class IntegrityCheck {
    private IntegrityCheck() {}

    /**
     * Checks a patch.
     *
     * @throws StoreException.Unavailable if the store cannot be read now
     */
    public static CheckResult of(PatchStore store, Patch patch) {
        return of(store, patch, bytes -> bytes);
    }

    /** As {@link #of(PatchStore, Patch)}; the bytes are read through {@code limiter}. */
    static CheckResult of(PatchStore store, Patch patch, UnaryOperator<InputStream> limiter) {
        try (PatchContent content =
                store.open(patch.name()).orElseThrow(() -> new StoreException.NotFound(patch.name(), "store"))) {
            Patch stored = content.patch();
            if (!stored.equals(patch)) {
                return CheckResult.rotten("the store has %d bytes with sha256 %s under this name, not %d with %s"
                        .formatted(stored.size(), stored.sha256(), patch.size(), patch.sha256()));
            }
            return compareDigest(store, content, limiter);
        } catch (StoreException.NotFound e) {
            return CheckResult.missing("the store has no bytes of it");
        } catch (StoreException.Corrupt e) {
            return CheckResult.rotten(String.valueOf(e.getMessage()));
        }
    }

    private static CheckResult compareDigest(
            PatchStore store, PatchContent content, UnaryOperator<InputStream> limiter) {
        Patch patch = content.patch();
        try (InputStream bytes = limiter.apply(content.read(0, patch.size()))) {
            Sha256 actual = Sha256.of(bytes);
            return actual.equals(patch.sha256())
                    ? CheckResult.WHOLE
                    : CheckResult.rotten("its bytes hash to " + actual + " instead of " + patch.sha256());
        } catch (IOException e) {
            return readFailed(store, content, e);
        }
    }

    /** A connection that broke says nothing about the stored bytes, in contrast to a sector of a disk that cannot be read. */
    private static CheckResult readFailed(PatchStore store, PatchContent content, IOException failure) {
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
                return CheckResult.rotten("it cannot be read: " + failure.getMessage());
            }
            throw e;
        }
        throw unknown;
    }

    /**
     * The result of checking the bytes of a patch.
     *
     * @param reason why the patch is damaged, for the operator; empty if it is not
     */
    public record CheckResult(State state, String reason) {
        public static final CheckResult WHOLE = new CheckResult(State.WHOLE, "");
        public static final CheckResult GONE = new CheckResult(State.GONE, "");

        public enum State {
            /** The bytes are those of the catalog. */
            WHOLE,
            /** The store has other bytes, or cannot read them. */
            ROTTEN,
            /** The store has no bytes. */
            MISSING,
            /** The patch left the catalog before the result could be recorded. */
            GONE;

            @JsonValue
            String text() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

        static CheckResult rotten(String reason) {
            return new CheckResult(State.ROTTEN, reason);
        }

        static CheckResult missing(String reason) {
            return new CheckResult(State.MISSING, reason);
        }

        /** Whether the patch can be served. */
        public boolean whole() {
            return state == State.WHOLE;
        }

        /** Whether the patch is in the catalog and cannot be served. */
        public boolean damaged() {
            return state == State.ROTTEN || state == State.MISSING;
        }
    }
}
