package io.livepatch.storage;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Stores the bytes of patches under their names. Keep this interface small: the meaning of patches belongs to the catalog.
 *
 * <p>The contract is the same for all drivers, and {@code PatchStoreContract} tests it. Readers never see part of a patch. A patch is durable
 * when {@link #put} returns. No operation holds a whole patch in memory. All methods are thread-safe; they throw
 * {@link StoreException.Unavailable} when the backend cannot be reached, and {@link IllegalStateException} after {@link #close}.
 */
public interface PatchStore extends AutoCloseable {

    /**
     * Stores a patch durably. Hashes the bytes while it reads them from {@code source}, which the caller closes. Storing the same bytes under
     * the same name again changes nothing.
     *
     * @param expected digest of the bytes
     * @return whether the patch was created
     * @throws StoreException.DigestMismatch if the bytes have another digest; nothing is stored
     * @throws StoreException.Conflict if other bytes are stored under the name; they are kept
     * @throws StoreException.SourceFailed if {@code source} fails or ends early; nothing is stored
     * @throws StoreException.Full if the store is full; nothing is stored
     */
    PutResult put(PatchName name, InputStream source, Sha256 expected);

    /** The patch of that name, opened for reading; empty if there is none. The caller closes it. */
    Optional<PatchContent> open(PatchName name);

    /**
     * Exactly this patch, opened for reading; empty if there is none of its name. A cache may answer without asking the backend, so that a
     * recently deleted patch is still found.
     *
     * @throws StoreException.Corrupt if other bytes are stored under its name
     */
    default Optional<PatchContent> open(Patch patch) {
        Optional<PatchContent> content = open(patch.name());
        content.map(PatchContent::patch).filter(stored -> !stored.equals(patch)).ifPresent(stored -> {
            content.get().close();
            throw stored.sha256().equals(patch.sha256())
                    ? new StoreException.Corrupt(patch, stored.size())
                    : new StoreException.Corrupt(patch.name(), patch.sha256(), stored.sha256(), "its store");
        });
        return content;
    }

    /** The names of all patches, ordered by file name; foreign files or objects are left out. The caller closes the stream. */
    Stream<PatchName> list();

    /**
     * Deletes a patch. Open content stays readable, or, if the backend does not keep it, fails with {@link StoreException.NotFound}.
     *
     * @return whether the patch existed; true for exactly one of several concurrent calls
     */
    boolean delete(PatchName name);

    /**
     * Reads and hashes the patch in the backend.
     *
     * @throws StoreException.NotFound if there is none
     * @throws StoreException.Corrupt if the bytes do not match the stored digest
     */
    Patch verify(PatchName name);

    /** A URL from which clients can fetch the patch directly from the backend, valid for {@code ttl}; empty if the backend has none. */
    Optional<URI> directUrl(PatchName name, Duration ttl);

    /** Whether several units may use this store at the same time. */
    boolean shared();

    /** Checks the backend; cheap enough for a call every second. */
    StoreHealth check();

    @Override
    void close();

    /**
     * The result of {@link #put}.
     *
     * @param created false if the same bytes were already stored
     */
    record PutResult(Patch patch, boolean created) {}

    /**
     * The result of {@link #check}.
     *
     * @param problem why the store does not work, and the remedy, without secrets; empty if it works
     * @param lasting whether the problem persists until an operator changes a setting, such as a wrong key
     */
    record StoreHealth(Optional<String> problem, boolean lasting) {
        /** A store that works. */
        public static final StoreHealth OK = new StoreHealth(Optional.empty(), false);

        /** A store with a problem that may be temporary. */
        public static StoreHealth unavailable(String problem) {
            return new StoreHealth(Optional.of(problem), false);
        }

        /** A store with the problem of this exception. */
        public static StoreHealth of(StoreException failure) {
            boolean lasting = failure instanceof StoreException.Unavailable unavailable && unavailable.lasting();
            return new StoreHealth(Optional.of(String.valueOf(failure.getMessage())), lasting);
        }

        public boolean ok() {
            return problem.isEmpty();
        }
    }
}
