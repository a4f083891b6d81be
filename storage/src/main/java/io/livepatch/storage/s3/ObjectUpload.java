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

/** Stores a spooled patch in the bucket, unless its name is taken. */
final class ObjectUpload {
    private static final int ATTEMPTS = 10;
    // Some servers briefly show an object that is being deleted without its metadata, so the first such answers are
    // not taken for an object that no store created.
    private static final int MAX_WITHOUT_METADATA = 3;

    private final Bucket bucket;
    private final Transfer transfer;

    ObjectUpload(Bucket bucket, Transfer transfer) {
        this.bucket = bucket;
        this.transfer = transfer;
    }

    PutResult put(Spool spool) {
        Patch patch = spool.patch();
        // If an answer is lost, the SDK repeats the request, which then fails because the object exists. The id tells
        // that this put created it.
        String put = UUID.randomUUID().toString();
        int withoutMetadata = 0;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<HeadObjectResponse> head = bucket.head(patch.name());
            Optional<StoredObject> stored = head.flatMap(answer -> StoredObject.of(patch.name(), answer));
            if (stored.isPresent()) {
                return existing(patch, put, stored.get());
            }
            if (head.isEmpty()) {
                if (create(spool, put)) {
                    return new PutResult(patch, true);
                }
            } else if (++withoutMetadata == MAX_WITHOUT_METADATA) {
                throw nameTaken(patch);
            }
        }
        throw new StoreException.Unavailable(
                "storing patch '" + patch.name() + "' in " + bucket.location()
                        + " failed " + ATTEMPTS
                        + " times because others put and deleted it at the same time; try again",
                null);
    }

    /** The result of a put whose name is taken, possibly by its own first attempt. */
    private static PutResult existing(Patch offered, String put, StoredObject stored) {
        if (!stored.patch().sha256().equals(offered.sha256())) {
            throw new StoreException.Conflict(offered.name(), stored.patch().sha256(), offered.sha256());
        }
        return new PutResult(offered, stored.put().equals(put));
    }

    private StoreException nameTaken(Patch offered) {
        BucketLocation location = bucket.location();
        return new StoreException.Unavailable(
                "patch '" + offered.name() + "' cannot be stored: object '" + location.key(offered.name()) + "' in "
                        + location + " exists and is not a patch that was stored here; remove it",
                null);
    }

    /** Creates the object; false if the name is taken, or was until a moment ago. */
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
            // A server may refuse a body before it has read it, and close the connection, so that its answer is lost.
            if (bucket.head(spool.patch().name()).isPresent()) {
                return false;
            }
            throw failure(spool, e);
        }
    }

    private StoreException failure(Spool spool, SdkException cause) {
        return S3ErrorTranslator.translate("storing patch '" + spool.patch().name() + "'", bucket.location(), cause);
    }
}
