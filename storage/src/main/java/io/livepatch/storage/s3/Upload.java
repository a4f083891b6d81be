package io.livepatch.storage.s3;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchStore.PutResult;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.Spool;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Brings a spooled patch into the bucket, unless its name is taken. */
final class Upload {
    private static final int ATTEMPTS = 10;
    // Some servers show an object that they are taking away without its metadata; that passes.
    private static final int STRANGERS = 3;

    private final Bucket bucket;
    private final Transfer transfer;

    Upload(Bucket bucket, Transfer transfer) {
        this.bucket = bucket;
        this.transfer = transfer;
    }

    PutResult put(Spool spool) {
        Patch patch = spool.patch();
        // An answer may be lost and the request repeated, by the SDK too: the id tells whose the object is that is in
        // the way.
        String put = UUID.randomUUID().toString();
        int strangers = 0;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<HeadObjectResponse> there = bucket.head(patch.name());
            Optional<StoredObject> stored = there.flatMap(head -> StoredObject.of(patch.name(), head));
            if (stored.isPresent()) {
                return settle(patch, put, stored.get());
            }
            if (there.isEmpty()) {
                if (create(spool, put)) {
                    return new PutResult(patch, true);
                }
            } else if (++strangers == STRANGERS) {
                throw inTheWay(patch);
            }
        }
        throw new StoreException.Unavailable(
                "storing patch '" + patch.name() + "' in " + bucket.place()
                        + " was thwarted again and again by others who put and delete it; try again",
                null);
    }

    private static PutResult settle(Patch offered, String put, StoredObject stored) {
        if (!stored.patch().sha256().equals(offered.sha256())) {
            throw new StoreException.Conflict(offered.name(), stored.patch().sha256(), offered.sha256());
        }
        return new PutResult(offered, stored.put().equals(put));
    }

    private StoreException inTheWay(Patch offered) {
        BucketLocation bucketLocation = bucket.place();
        return new StoreException.Unavailable(
                "patch '" + offered.name() + "' cannot be stored: object '" + bucketLocation.key(offered.name()) + "' in "
                        + bucketLocation + " is in the way, which is not a patch that was stored here; remove it",
                null);
    }

    /** Answers whether it is done; if not, the name is taken, or was lately. */
    private boolean create(Spool spool, String put) {
        try {
            transfer.send(spool, put);
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == 412 || e.statusCode() == 409) {
                return false;
            }
            throw failure(spool, e);
        } catch (SdkException e) {
            // A server that says no while the body is still coming may close the connection, and the answer is lost.
            if (bucket.head(spool.patch().name()).isPresent()) {
                return false;
            }
            throw failure(spool, e);
        }
    }

    private StoreException failure(Spool spool, SdkException cause) {
        return S3ErrorTranslator.of("storing patch '" + spool.patch().name() + "'", bucket.place(), cause);
    }
}
