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
 * Caches the result of hashing each local file by its version, so that a streamed or damaged file is not hashed for every request.
 * Thread-safe.
 */
final class DigestCache {
    private static final int MAX_CACHED = 10_000;
    /** The first damaged copy is replaced at once; replacing it more often would only load the store. */
    private static final Duration REPLACEMENT_PERIOD = Duration.ofSeconds(10);

    private final Cache<Patch, Result> results;
    private final Cache<Patch, Boolean> replaced = Caffeine.newBuilder()
            .maximumSize(MAX_CACHED)
            .expireAfterWrite(REPLACEMENT_PERIOD)
            .build();

    private record Result(FileVersion version, StoreException.@Nullable Corrupt damage) {}

    DigestCache(Duration ttl) {
        this.results = Caffeine.newBuilder()
                .maximumSize(MAX_CACHED)
                .expireAfterWrite(ttl)
                .build();
    }

    /**
     * Hashes the open file, unless its version is cached.
     *
     * @return false, without hashing, if its path now has another file, whose version says nothing about the open one
     * @throws StoreException.Corrupt if its bytes are not those of the patch
     */
    boolean verify(PatchContent.LocalFile file) throws IOException {
        FileVersion version = FileVersion.of(file.path());
        if (!version.key().equals(file.fileKey())) {
            return false;
        }
        Result known = results.getIfPresent(file.patch());
        if (known == null || !known.version().equals(version)) {
            known = computed(file, version);
        }
        if (known.damage() != null) {
            throw known.damage();
        }
        return true;
    }

    /** One of several concurrent downloads hashes the file, under the lock of the entry; the others wait for it. */
    private Result computed(PatchContent.LocalFile file, FileVersion version) throws IOException {
        try {
            return Objects.requireNonNull(results.asMap()
                    .compute(
                            file.patch(),
                            (_, cached) -> cached != null && cached.version().equals(version)
                                    ? cached
                                    : hashed(file, version)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Result hashed(PatchContent.LocalFile file, FileVersion version) {
        try (InputStream bytes = file.read(0, file.patch().size())) {
            MappedPatch.verify(file.patch(), file.path(), bytes);
            return new Result(version, null);
        } catch (StoreException.Corrupt e) {
            return new Result(version, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Checks only the cache.
     *
     * @throws StoreException.Corrupt if this version of the file is cached as damaged
     */
    void requireNotDamaged(Patch patch, FileVersion version) {
        Result known = results.getIfPresent(patch);
        if (known != null && known.damage() != null && known.version().equals(version)) {
            throw known.damage();
        }
    }

    void putDamaged(Patch patch, FileVersion version, StoreException.Corrupt damage) {
        results.put(patch, new Result(version, damage));
    }

    /** Whether to replace a damaged copy: true once in ten seconds for each patch. */
    boolean mayReplace(Patch patch) {
        return replaced.asMap().putIfAbsent(patch, true) == null;
    }
}
