package io.livepatch.storage.s3;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Deletes a patch such that exactly one of several concurrent calls returns true. S3's DELETE has the same answer for all of them, so the
 * calls compete to create a claim, an object beside the patch: the winner deletes the patch, and the others wait for it. The key of a
 * claim contains the unique id of the put, so it never applies to a patch that is stored under the same name later.
 */
final class Deletion {
    private static final Logger LOG = LoggerFactory.getLogger(Deletion.class);

    // Not empty, since ConditionalPutCheck has checked conditional puts with a body only.
    private static final int CLAIM_BYTES = 1;
    private static final Duration CLAIM_TIMEOUT = Duration.ofSeconds(10);

    private final Bucket bucket;
    private final BucketLocation location;
    private final int polls;
    private final long pauseMillis;

    /** Polls so often, with such a pause, before the process that created a claim is considered dead. */
    Deletion(Bucket bucket, int polls, long pauseMillis) {
        this.bucket = bucket;
        this.location = bucket.location();
        this.polls = polls;
        this.pauseMillis = pauseMillis;
    }

    boolean delete(PatchName name) {
        Optional<StoredObject> found = bucket.find(name);
        if (found.isEmpty()) {
            return false;
        }
        String claim = location.claimKey(name, found.get().put());
        return bucket.call("deleting patch '" + name + "'", () -> {
            if (!bucket.create(claim, CLAIM_BYTES, CLAIM_TIMEOUT) && awaitDeletion(found.get())) {
                return false;
            }
            return remove(found.get(), claim);
        });
    }

    /** Waits until the call that created the claim has deleted the object; false if it did not. */
    private boolean awaitDeletion(StoredObject object) {
        for (int poll = 0; poll < polls; poll++) {
            if (!bucket.contains(object)) {
                return true;
            }
            pause(object);
        }
        return false;
    }

    private boolean remove(StoredObject object, String claim) {
        try {
            // Another call may have deleted the object, and removed its claim, before this claim was created.
            if (!bucket.contains(object)) {
                return false;
            }
            bucket.remove(location.key(object.patch().name()));
            return true;
        } finally {
            release(claim);
        }
    }

    private void release(String claim) {
        try {
            bucket.remove(claim);
        } catch (SdkException e) {
            LOG.warn(
                    "cannot remove '{}' from {}; a process that opens the store later removes it: {}",
                    claim,
                    location,
                    e.getMessage());
        }
    }

    private void pause(StoredObject object) {
        try {
            Thread.sleep(pauseMillis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException.Unavailable(
                    "deleting patch '" + object.patch().name() + "' in " + location + " was interrupted; try again", e);
        }
    }
}
