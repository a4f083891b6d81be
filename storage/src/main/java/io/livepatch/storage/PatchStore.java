package io.livepatch.storage;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Keeps the bytes of patches under their names. Growth of this interface is unwelcome: what a patch means belongs to the
 * catalog.
 *
 * <p>Every driver promises the same, and {@code PatchStoreContract} holds it to that. A reader never sees a part of a
 * patch. What {@link #put} returned for is durable. No operation holds a whole patch in memory. All methods may be called
 * from any thread; all of them throw {@link StoreException.Unavailable} when the place of storage cannot be reached, and
 * {@link IllegalStateException} after {@link #close}.
 */
public interface PatchStore extends AutoCloseable {

    /**
     * Stores a patch. Streams from {@code source} (which the caller closes), hashes while it writes, and is durable when it
     * returns. Storing the same bytes under the same name again changes nothing.
     *
     * @param expected what the bytes must hash to
     * @return whether the bytes are new here
     * @throws StoreException.DigestMismatch if they hash to something else; nothing is stored
     * @throws StoreException.Conflict if the name is taken by other bytes; they stay
     * @throws StoreException.SourceFailed if {@code source} fails or ends early; nothing is stored
     * @throws StoreException.Full if there is no room; nothing is stored
     */
    PutResult put(PatchName name, InputStream source, Sha256 expected);

    /** The patch of that name, opened for reading; empty if there is none. The caller closes it. */
    Optional<PatchContent> open(PatchName name);

    /**
     * Exactly this patch, opened for reading; empty if there is none of its name. A store that keeps copies at hand may answer
     * without asking the place of storage, so that one that was deleted lately is still found.
     *
     * @throws StoreException.Corrupt if there are other bytes under its name
     */
    default Optional<PatchContent> open(Patch patch) {
        Optional<PatchContent> content = open(patch.name());
        content.map(PatchContent::patch).filter(there -> !there.equals(patch)).ifPresent(there -> {
            content.get().close();
            throw there.sha256().equals(patch.sha256())
                    ? new StoreException.Corrupt(patch, there.size())
                    : new StoreException.Corrupt(patch.name(), patch.sha256(), there.sha256(), "its store");
        });
        return content;
    }

    /** The names of all patches, ordered by file name, and nothing else that lies about. The caller closes the stream. */
    Stream<PatchName> list();

    /**
     * Removes a patch. Answers whether there was one. What is open for reading goes on being read, or, where the place of storage
     * does not keep it for its readers, ends with {@link StoreException.NotFound}.
     */
    boolean delete(PatchName name);

    /**
     * Reads the patch again and hashes it.
     *
     * @throws StoreException.NotFound if there is none
     * @throws StoreException.Corrupt if the bytes no longer hash to what was stored
     */
    Patch verify(PatchName name);

    /** A URL that fetches the patch from the place of storage itself, good for {@code ttl}; empty where there is none. */
    Optional<URI> directUrl(PatchName name, Duration ttl);

    /** Whether several units may use this store at once. */
    boolean shared();

    /** Whether the store would work now: cheap enough to ask every second. */
    StoreHealth check();

    @Override
    void close();

    /** What {@link #put} did. */
    record PutResult(Patch patch, boolean created) {}

    /**
     * The answer of {@link #check}: empty problem when all is well.
     *
     * @param problem why the store does not work, and what to do; never holds a secret
     * @param lasting whether the problem stays until an operator changes a setting, such as a wrong key
     */
    record StoreHealth(Optional<String> problem, boolean lasting) {
        /** The store works. */
        public static final StoreHealth OK = new StoreHealth(Optional.empty(), false);

        /** A store with a problem that may pass by itself. */
        public static StoreHealth unavailable(String problem) {
            return new StoreHealth(Optional.of(problem), false);
        }

        /** The problem that this exception reports. */
        public static StoreHealth of(StoreException failure) {
            boolean lasting = failure instanceof StoreException.Unavailable unavailable && unavailable.lasting();
            return new StoreHealth(Optional.of(String.valueOf(failure.getMessage())), lasting);
        }

        public boolean ok() {
            return problem.isEmpty();
        }
    }
}
