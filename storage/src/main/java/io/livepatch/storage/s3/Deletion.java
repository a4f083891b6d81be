package io.livepatch.storage.s3;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Removes a patch so that exactly one of several calls at once answers that it did. DELETE answers all of them alike, so the call that
 * creates a claim, an object beside the patch, deletes, and the others wait for that. A claim has the id of the put in its name, which
 * is used once, so it cannot concern what is stored under the name later.
 */
final class Deletion {
    private static final Logger LOG = LoggerFactory.getLogger(Deletion.class);

    // Not empty: that a server minds the condition of a request with a body is what ConditionalPut has tried.
    private static final int CLAIM_BYTES = 1;
    private static final Duration CLAIM_TIME = Duration.ofSeconds(10);

    private final Bucket bucket;
    private final BucketLocation bucketLocation;
    private final int looks;
    private final long pauseMillis;

    /** Looks so often, with such a pause, before a claim counts as left behind by a process that died. */
    Deletion(Bucket bucket, int looks, long pauseMillis) {
        this.bucket = bucket;
        this.bucketLocation = bucket.place();
        this.looks = looks;
        this.pauseMillis = pauseMillis;
    }

    boolean delete(PatchName name) {
        Optional<StoredObject> found = bucket.find(name);
        if (found.isEmpty()) {
            return false;
        }
        String claim = bucketLocation.claim(name, found.get().put());
        return bucket.ask("deleting patch '" + name + "'", () -> {
            if (!bucket.create(claim, CLAIM_BYTES, CLAIM_TIME) && goes(found.get())) {
                return false;
            }
            return remove(found.get(), claim);
        });
    }

    /** Waits for the call that has the claim to remove it; answers whether that happened. */
    private boolean goes(StoredObject object) {
        for (int look = 0; look < looks; look++) {
            if (!bucket.has(object)) {
                return true;
            }
            pause(object);
        }
        return false;
    }

    private boolean remove(StoredObject object, String claim) {
        try {
            // Between the look and the claim another may have come and gone.
            if (!bucket.has(object)) {
                return false;
            }
            bucket.remove(bucketLocation.key(object.patch().name()));
            return true;
        } finally {
            release(claim);
        }
    }

    private void release(String claim) {
        try {
            bucket.remove(claim);
        } catch (SdkException e) {
            LOG.warn("cannot remove '{}' from {}, which is removed later: {}", claim, bucketLocation, e.getMessage());
        }
    }

    private void pause(StoredObject object) {
        try {
            Thread.sleep(pauseMillis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable(
                    "deleting patch '" + object.patch().name() + "' in " + bucketLocation + " was interrupted; try again", e);
        }
    }
}
