package io.livepatch.server.download;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.FileVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Caches the digest check of each local file by file version, so that neither a streamed nor a damaged file is hashed for every request.
 * Thread-safe.
 */
final class FileChecks {
    private static final int REMEMBERED_AT_MOST = 10_000;
    /** A damaged copy in a cache is replaced at once; more often than this the store would be asked for nothing. */
    private static final Duration REPLACED_AT_MOST_EVERY = Duration.ofSeconds(10);

    private final Cache<Patch, Result> results;
    private final Cache<Patch, Boolean> replaced = Caffeine.newBuilder()
            .maximumSize(REMEMBERED_AT_MOST)
            .expireAfterWrite(REPLACED_AT_MOST_EVERY)
            .build();

    private record Result(FileVersion version, StoreException.@Nullable Corrupt damage) {}

    /** Remembers for this long at most. */
    FileChecks(Duration kept) {
        this.results = Caffeine.newBuilder()
                .maximumSize(REMEMBERED_AT_MOST)
                .expireAfterWrite(kept)
                .build();
    }

    /**
     * Hashes the open file, unless this version of it was hashed lately.
     *
     * @return false, and nothing is hashed, if another file has taken its path since it was opened: the version at the path is not that of
     *     the bytes that would be sent
     * @throws StoreException.Corrupt if its bytes are not those of the patch
     */
    boolean require(PatchContent.LocalFile file) throws IOException {
        FileVersion version = FileVersion.of(file.path());
        if (!version.key().equals(file.fileKey())) {
            return false;
        }
        Result known = results.getIfPresent(file.patch());
        if (known == null || !known.version().equals(version)) {
            known = shared(file, version);
        }
        if (known.damage() != null) {
            throw known.damage();
        }
        return true;
    }

    /** Of many downloads that begin at once one hashes the file, under the lock of the entry, and the others wait for it. */
    private Result shared(PatchContent.LocalFile file, FileVersion version) throws IOException {
        try {
            return Objects.requireNonNull(results.asMap()
                    .compute(
                            file.patch(),
                            (_, there) ->
                                    there != null && there.version().equals(version) ? there : hashed(file, version)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Result hashed(PatchContent.LocalFile file, FileVersion version) {
        try (InputStream bytes = file.read(0, file.patch().size())) {
            MappedPatch.require(file.patch(), file.path(), bytes);
            return new Result(version, null);
        } catch (StoreException.Corrupt e) {
            return new Result(version, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Hashes nothing.
     *
     * @throws StoreException.Corrupt if this version of the file was found damaged lately
     */
    void requireNotDamaged(Patch patch, FileVersion version) {
        Result known = results.getIfPresent(patch);
        if (known != null && known.damage() != null && known.version().equals(version)) {
            throw known.damage();
        }
    }

    /** This version of the file was found damaged. */
    void damaged(Patch patch, FileVersion version, StoreException.Corrupt damage) {
        results.put(patch, new Result(version, damage));
    }

    /** Whether it is time to have a damaged copy replaced; true once in ten seconds for each patch. */
    boolean mayReplace(Patch patch) {
        return replaced.asMap().putIfAbsent(patch, true) == null;
    }
}
