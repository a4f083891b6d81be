package io.livepatch.storage.s3;

import io.livepatch.storage.BulkInputStream;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Requests to the bucket in terms of patches; failures are translated into {@link StoreException}s. Thread-safe. */
final class Bucket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Bucket.class);

    private final S3Client client;
    private final S3Client uploads;
    private final BucketLocation location;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Takes over the clients.
     *
     * @param uploads the client for requests with a body
     */
    Bucket(S3Client client, S3Client uploads, BucketLocation location) {
        this.client = client;
        this.uploads = uploads;
        this.location = location;
    }

    S3Client client() {
        return client;
    }

    S3Client uploads() {
        return uploads;
    }

    BucketLocation location() {
        return location;
    }

    void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the patch store in " + location + " is closed");
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            client.close();
            uploads.close();
        }
    }

    /** Runs requests, and translates the SDK's exceptions into {@link StoreException}s. */
    <T> T call(String operation, Supplier<T> request) {
        try {
            return request.get();
        } catch (SdkException e) {
            throw S3ErrorTranslator.translate(operation, location, e);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the patch store in " + location + " was closed meanwhile", e);
        }
    }

    /** The object under the name's key, also if no store created it. */
    Optional<HeadObjectResponse> head(PatchName name) {
        return call("looking for patch '" + name + "'", () -> {
            try {
                return Optional.of(client.headObject(
                        request -> request.bucket(location.bucket()).key(location.key(name))));
            } catch (S3Exception e) {
                if (e.statusCode() == 404) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    /** The patch of that name. If it is absent, the bucket is checked: a missing bucket is an error, and not an absent patch. */
    Optional<StoredObject> find(PatchName name) {
        Optional<HeadObjectResponse> head = head(name);
        if (head.isEmpty()) {
            call(
                    "looking for patch '" + name + "'",
                    () -> client.headBucket(request -> request.bucket(location.bucket())));
            return Optional.empty();
        }
        Optional<StoredObject> found = StoredObject.of(name, head.get());
        if (found.isEmpty()) {
            LOG.warn(
                    "object '{}' in {} is ignored: it has no digest in its metadata, so no store created it; remove it, and"
                            + " import it with 'livepatch-admin patch add' if it should be a patch",
                    location.key(name),
                    location);
        }
        return found;
    }

    /** Whether the object still exists, created by the same put. */
    boolean contains(StoredObject object) {
        return head(object.patch().name())
                .flatMap(head -> StoredObject.of(object.patch().name(), head))
                .filter(current -> current.put().equals(object.put()))
                .isPresent();
    }

    /** A range of exactly this object; fails with an exception of the SDK, with status 412 if it was replaced. */
    ResponseInputStream<GetObjectResponse> get(StoredObject object, long offset, long length) {
        requireOpen();
        return client.getObject(request -> request.bucket(location.bucket())
                .key(location.key(object.patch().name()))
                .ifMatch(object.eTag())
                .range("bytes=" + offset + "-" + (offset + length - 1)));
    }

    /**
     * Creates an object of zeros if the key is free, by the same kind of request as for a patch.
     *
     * @param size in bytes; not 0, since a server may treat a request without a body differently
     * @param timeout of each attempt
     * @return whether the key was free
     */
    boolean create(String key, long size, Duration timeout) {
        try {
            uploads.putObject(
                    request -> request.bucket(location.bucket())
                            .key(key)
                            .ifNoneMatch("*")
                            .contentType(Transfer.TYPE)
                            .overrideConfiguration(S3Clients.attemptTimeout(timeout)),
                    RequestBody.fromContentProvider(() -> new Zeros(size), size, Transfer.TYPE));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == 412) {
                return false;
            }
            throw e;
        }
    }

    /** A stream of zero bytes. */
    private static final class Zeros extends BulkInputStream {
        private long left;

        Zeros(long size) {
            this.left = size;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            int count = (int) Math.min(length, left);
            Arrays.fill(target, offset, offset + count, (byte) 0);
            left -= count;
            return count;
        }
    }

    void remove(String key) {
        client.deleteObject(request -> request.bucket(location.bucket()).key(key));
    }

    /**
     * The objects whose keys begin with a prefix, in order, fetched page by page.
     *
     * @param recursive whether to include keys with a slash after the prefix
     */
    Stream<S3Object> list(String prefix, boolean recursive) {
        ListObjectsV2Response first = page(prefix, recursive, null);
        return Stream.iterate(
                        Optional.of(first), Optional::isPresent, page -> next(prefix, recursive, page.orElseThrow()))
                .flatMap(page -> page.orElseThrow().contents().stream());
    }

    private Optional<ListObjectsV2Response> next(String prefix, boolean recursive, ListObjectsV2Response page) {
        return Boolean.TRUE.equals(page.isTruncated())
                ? Optional.of(page(prefix, recursive, page.nextContinuationToken()))
                : Optional.empty();
    }

    private ListObjectsV2Response page(String prefix, boolean recursive, @Nullable String token) {
        return call(
                "listing patches",
                () -> client.listObjectsV2(request -> request.bucket(location.bucket())
                        .prefix(prefix)
                        .delimiter(recursive ? null : "/")
                        .continuationToken(token)));
    }
}
