package io.livepatch.storage.s3;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/**
 * Takes away what killed processes left: claims of deletions, and parts of uploads that versions before this one began. Done once in a
 * store's life, when the bucket is first reached.
 *
 * <p>This version uploads no parts, but those of killed older processes cost money and show up in no list of objects, and no other program
 * knows of them. Only those that are older than {@link #ABANDONED} go: during a rolling upgrade an older unit may be uploading.
 */
final class AbandonedUploads {
    private static final Logger LOG = LoggerFactory.getLogger(AbandonedUploads.class);

    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Bucket bucket;
    private final InstantSource clock;
    private final S3Client client;
    private final BucketLocation bucketLocation;
    private final AtomicReference<@Nullable CompletableFuture<Void>> sweep = new AtomicReference<>();

    AbandonedUploads(Bucket bucket, InstantSource clock) {
        this.bucket = bucket;
        this.clock = clock;
        this.client = bucket.client();
        this.bucketLocation = bucket.place();
    }

    /** Begins, the first time; a thread of its own does it. */
    CompletableFuture<Void> sweep() {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        @Nullable CompletableFuture<Void> before = sweep.compareAndExchange(null, mine);
        if (before != null) {
            return before;
        }
        Thread.ofVirtual().name("s3-leftovers").start(() -> {
            try {
                removeAll();
            } finally {
                mine.complete(null);
            }
        });
        return mine;
    }

    private void removeAll() {
        attempt(
                "removing claims of dead processes",
                () -> bucket.list(bucketLocation.claims(), true).forEach(claim -> release(claim.key())));
        attempt("aborting uploads of dead processes", this::abortUploads);
    }

    private void abortUploads() {
        Instant abandoned = clock.instant().minus(ABANDONED);
        client
                .listMultipartUploadsPaginator(
                        request -> request.bucket(bucketLocation.bucket()).prefix(bucketLocation.prefix()))
                .uploads()
                .stream()
                .filter(upload -> bucketLocation.name(upload.key()).isPresent())
                .filter(upload ->
                        upload.initiated() != null && upload.initiated().isBefore(abandoned))
                .forEach(this::abort);
    }

    private void attempt(String what, Runnable work) {
        try {
            bucket.ask(what, () -> {
                work.run();
                return true;
            });
        } catch (StoreException e) {
            LOG.warn("the next process that opens the store tries again: {}", e.getMessage());
        } catch (IllegalStateException e) {
            LOG.debug("left to the next process that opens the store: {}", e.getMessage());
        }
    }

    private void abort(MultipartUpload upload) {
        LOG.info("aborting the upload of '{}' to {} that was begun at {}", upload.key(), bucketLocation, upload.initiated());
        client.abortMultipartUpload(
                request -> request.bucket(bucketLocation.bucket()).key(upload.key()).uploadId(upload.uploadId()));
    }

    /** A claim on a patch that is still there is left to the next who deletes that. */
    private void release(String claim) {
        Optional<PatchName> name = bucketLocation.claimed(claim);
        if (name.isPresent()) {
            Optional<HeadObjectResponse> there = bucket.head(name.get());
            Optional<StoredObject> stored = there.flatMap(head -> StoredObject.of(name.get(), head));
            if (stored.filter(object -> bucketLocation.claim(name.get(), object.put()).equals(claim))
                    .isEmpty()) {
                bucket.remove(claim);
            }
        }
    }
}
