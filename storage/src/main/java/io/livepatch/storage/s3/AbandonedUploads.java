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
 * Removes what killed processes left in the bucket: claims of deletions, and multipart uploads of older versions. Runs once for each open
 * store, when the bucket is first reached.
 *
 * <p>This version makes no multipart uploads, but unfinished ones of older versions cost money and are missing from lists of objects. Only
 * those older than {@link #MIN_AGE} are aborted, because an older unit may be uploading during a rolling upgrade.
 */
final class AbandonedUploads {
    private static final Logger LOG = LoggerFactory.getLogger(AbandonedUploads.class);

    private static final Duration MIN_AGE = Duration.ofDays(1);

    private final Bucket bucket;
    private final InstantSource clock;
    private final S3Client client;
    private final BucketLocation location;
    private final AtomicReference<@Nullable CompletableFuture<Void>> removal = new AtomicReference<>();

    AbandonedUploads(Bucket bucket, InstantSource clock) {
        this.bucket = bucket;
        this.clock = clock;
        this.client = bucket.client();
        this.location = bucket.location();
    }

    /** Starts the removal on a new thread at the first call; later calls return the same future. */
    CompletableFuture<Void> remove() {
        CompletableFuture<Void> started = new CompletableFuture<>();
        @Nullable CompletableFuture<Void> running = removal.compareAndExchange(null, started);
        if (running != null) {
            return running;
        }
        Thread.ofVirtual().name("s3-cleanup").start(() -> {
            try {
                removeAll();
            } finally {
                started.complete(null);
            }
        });
        return started;
    }

    private void removeAll() {
        attempt(
                "removing claims of dead processes",
                () -> bucket.list(location.claimPrefix(), true).forEach(claim -> removeStaleClaim(claim.key())));
        attempt("aborting uploads of dead processes", this::abortUploads);
    }

    private void abortUploads() {
        Instant abandoned = clock.instant().minus(MIN_AGE);
        client
                .listMultipartUploadsPaginator(
                        request -> request.bucket(location.bucket()).prefix(location.prefix()))
                .uploads()
                .stream()
                .filter(upload -> location.patchName(upload.key()).isPresent())
                .filter(upload ->
                        upload.initiated() != null && upload.initiated().isBefore(abandoned))
                .forEach(this::abort);
    }

    private void attempt(String operation, Runnable work) {
        try {
            bucket.call(operation, () -> {
                work.run();
                return true;
            });
        } catch (StoreException e) {
            LOG.warn(
                    "abandoned objects were not removed; the next process that opens the store tries again: {}",
                    e.getMessage());
        } catch (IllegalStateException e) {
            LOG.debug(
                    "the store was closed; the next process that opens it removes abandoned objects: {}",
                    e.getMessage());
        }
    }

    private void abort(MultipartUpload upload) {
        LOG.info(
                "aborting the abandoned upload of '{}' to {} that was started at {}",
                upload.key(),
                location,
                upload.initiated());
        client.abortMultipartUpload(
                request -> request.bucket(location.bucket()).key(upload.key()).uploadId(upload.uploadId()));
    }

    /** Removes a claim whose patch is gone. If the patch still exists, the next deletion of it removes the claim. */
    private void removeStaleClaim(String claim) {
        Optional<PatchName> name = location.claimedPatch(claim);
        if (name.isPresent()) {
            Optional<HeadObjectResponse> head = bucket.head(name.get());
            Optional<StoredObject> stored = head.flatMap(answer -> StoredObject.of(name.get(), answer));
            if (stored.filter(object ->
                            location.claimKey(name.get(), object.put()).equals(claim))
                    .isEmpty()) {
                bucket.remove(claim);
            }
        }
    }
}
