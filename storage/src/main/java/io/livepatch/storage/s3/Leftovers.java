package io.livepatch.storage.s3;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
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
 * Takes away what killed processes left: parts of uploads, which cost money and show up nowhere, and claims of deletions. Done once
 * in a store's life, when the bucket is first reached. Nobody can tell a dead process's upload from a living one's; whose upload
 * is aborted so starts it anew (see {@link Upload}).
 */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

    private final Bucket bucket;
    private final S3Client client;
    private final Place place;
    private final AtomicReference<@Nullable CompletableFuture<Void>> sweep = new AtomicReference<>();

    Leftovers(Bucket bucket) {
        this.bucket = bucket;
        this.client = bucket.client();
        this.place = bucket.place();
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
        try {
            bucket.ask("removing what dead processes left", () -> {
                client
                        .listMultipartUploadsPaginator(
                                request -> request.bucket(place.bucket()).prefix(place.prefix()))
                        .uploads()
                        .stream()
                        .filter(upload -> place.name(upload.key()).isPresent())
                        .forEach(this::abort);
                bucket.list(place.claims(), true).forEach(claim -> release(claim.key()));
                return true;
            });
        } catch (StoreException e) {
            LOG.warn("the next process that opens the store tries again: {}", e.getMessage());
        } catch (IllegalStateException e) {
            LOG.debug("left to the next process that opens the store: {}", e.getMessage());
        }
    }

    private void abort(MultipartUpload upload) {
        LOG.info("aborting the upload of '{}' to {} that was begun at {}", upload.key(), place, upload.initiated());
        client.abortMultipartUpload(
                request -> request.bucket(place.bucket()).key(upload.key()).uploadId(upload.uploadId()));
    }

    /** A claim on a patch that is still there is left to the next who deletes that. */
    private void release(String claim) {
        Optional<PatchName> name = place.claimed(claim);
        if (name.isPresent()) {
            Optional<HeadObjectResponse> there = bucket.head(name.get());
            Optional<StoredObject> stored = there.flatMap(head -> StoredObject.of(name.get(), head));
            if (stored.filter(object -> place.claim(name.get(), object.put()).equals(claim))
                    .isEmpty()) {
                bucket.remove(claim);
            }
        }
    }
}
