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

/** Whether the bucket is there and ours to use; asked at most once a second, however many ask. */
final class BucketHealth {
    private static final Duration KEPT = Duration.ofSeconds(1);

    private final Bucket bucket;
    private final Duration bound;
    private final InstantSource clock;
    private Instant asked = Instant.EPOCH;
    private StoreHealth last = StoreHealth.OK;

    BucketHealth(Bucket bucket, Duration bound, InstantSource clock) {
        this.bucket = bucket;
        this.bound = bound;
        this.clock = clock;
    }

    synchronized StoreHealth check() {
        Duration age = Duration.between(asked, clock.instant());
        // A clock may be set back.
        if (age.isNegative() || age.compareTo(KEPT) >= 0) {
            last = ask();
            asked = clock.instant();
        }
        return last;
    }

    private StoreHealth ask() {
        S3Client client = bucket.client();
        BucketLocation bucketLocation = bucket.place();
        AwsRequestOverrideConfiguration soon = Clients.by(bound);
        try {
            client.headBucket(request -> request.bucket(bucketLocation.bucket()).overrideConfiguration(soon));
            return StoreHealth.OK;
        } catch (SdkException e) {
            return StoreHealth.of(reason(e, soon));
        }
    }

    /** An answer to HEAD has no words; one to GET costs more, and has. */
    private StoreException reason(SdkException head, AwsRequestOverrideConfiguration soon) {
        BucketLocation bucketLocation = bucket.place();
        if (head instanceof S3Exception) {
            try {
                bucket.client()
                        .listObjectsV2(request -> request.bucket(bucketLocation.bucket())
                                .prefix(bucketLocation.prefix())
                                .maxKeys(1)
                                .overrideConfiguration(soon));
            } catch (SdkException e) {
                return S3ErrorTranslator.of("checking the patch store", bucketLocation, e);
            }
        }
        return S3ErrorTranslator.of("checking the patch store", bucketLocation, head);
    }
}
