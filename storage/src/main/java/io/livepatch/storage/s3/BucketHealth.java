package io.livepatch.storage.s3;

import io.livepatch.storage.PatchStore.StoreHealth;
import io.livepatch.storage.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Checks whether the bucket exists and may be used, at most once a second for any number of callers. Thread-safe. */
final class BucketHealth {
    private static final Duration MAX_AGE = Duration.ofSeconds(1);

    private final Bucket bucket;
    private final Duration timeout;
    private final InstantSource clock;
    private Instant checked = Instant.EPOCH;
    private StoreHealth last = StoreHealth.OK;

    BucketHealth(Bucket bucket, Duration timeout, InstantSource clock) {
        this.bucket = bucket;
        this.timeout = timeout;
        this.clock = clock;
    }

    synchronized StoreHealth check() {
        Duration age = Duration.between(checked, clock.instant());
        // The age is negative if the clock was set back.
        if (age.isNegative() || age.compareTo(MAX_AGE) >= 0) {
            last = requestHealth();
            checked = clock.instant();
        }
        return last;
    }

    private StoreHealth requestHealth() {
        S3Client client = bucket.client();
        BucketLocation location = bucket.location();
        AwsRequestOverrideConfiguration limit = S3Clients.callTimeout(timeout);
        try {
            client.headBucket(request -> request.bucket(location.bucket()).overrideConfiguration(limit));
            return StoreHealth.OK;
        } catch (SdkException e) {
            return StoreHealth.of(explain(e, limit));
        }
    }

    /** The answer to HEAD has no error code, so the reason is asked for by a GET, which costs more. */
    private StoreException explain(SdkException head, AwsRequestOverrideConfiguration limit) {
        BucketLocation location = bucket.location();
        if (head instanceof S3Exception) {
            try {
                bucket.client()
                        .listObjectsV2(request -> request.bucket(location.bucket())
                                .prefix(location.prefix())
                                .maxKeys(1)
                                .overrideConfiguration(limit));
            } catch (SdkException e) {
                return S3ErrorTranslator.translate("checking the patch store", location, e);
            }
        }
        return S3ErrorTranslator.translate("checking the patch store", location, head);
    }
}
