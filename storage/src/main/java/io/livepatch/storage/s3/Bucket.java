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

/** The bucket, asked in the words of patches, and its failures in the words of stores. */
final class Bucket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Bucket.class);

    private final S3Client client;
    private final S3Client uploads;
    private final BucketLocation bucketLocation;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Takes over the clients.
     *
     * @param uploads for requests that send bytes
     */
    Bucket(S3Client client, S3Client uploads, BucketLocation bucketLocation) {
        this.client = client;
        this.uploads = uploads;
        this.bucketLocation = bucketLocation;
    }

    S3Client client() {
        return client;
    }

    S3Client uploads() {
        return uploads;
    }

    BucketLocation place() {
        return bucketLocation;
    }

    void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the patch store in " + bucketLocation + " is closed");
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            client.close();
            uploads.close();
        }
    }

    /** Runs a request, so that what it throws is a {@link StoreException}. */
    <T> T ask(String what, Supplier<T> request) {
        try {
            return request.get();
        } catch (SdkException e) {
            throw S3ErrorTranslator.of(what, bucketLocation, e);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the patch store in " + bucketLocation + " was closed meanwhile", e);
        }
    }

    /** The object under the name's key, also one that no put of a patch made. */
    Optional<HeadObjectResponse> head(PatchName name) {
        return ask("looking for patch '" + name + "'", () -> {
            try {
                return Optional.of(client.headObject(
                        request -> request.bucket(bucketLocation.bucket()).key(bucketLocation.key(name))));
            } catch (S3Exception e) {
                if (e.statusCode() == 404) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    /** The patch of that name. A bucket that is gone is not a bucket without the patch. */
    Optional<StoredObject> find(PatchName name) {
        Optional<HeadObjectResponse> head = head(name);
        if (head.isEmpty()) {
            ask("looking for patch '" + name + "'", () -> client.headBucket(request -> request.bucket(bucketLocation.bucket())));
            return Optional.empty();
        }
        Optional<StoredObject> found = StoredObject.of(name, head.get());
        if (found.isEmpty()) {
            LOG.warn(
                    "object '{}' in {} is taken for absent: it has no digest, so a store did not put it; remove it, and"
                            + " import it with 'livepatch-admin patch add' if it should be a patch",
                    bucketLocation.key(name),
                    bucketLocation);
        }
        return found;
    }

    /** Whether the name still has what that put stored. */
    boolean has(StoredObject object) {
        return head(object.patch().name())
                .flatMap(head -> StoredObject.of(object.patch().name(), head))
                .filter(now -> now.put().equals(object.put()))
                .isPresent();
    }

    /** Bytes of exactly this object, or an exception of the SDK. */
    ResponseInputStream<GetObjectResponse> get(StoredObject object, long offset, long length) {
        requireOpen();
        return client.getObject(request -> request.bucket(bucketLocation.bucket())
                .key(bucketLocation.key(object.patch().name()))
                .ifMatch(object.eTag())
                .range("bytes=" + offset + "-" + (offset + length - 1)));
    }

    /**
     * Creates an object of zeros if there is none of that key, by a request like that for a patch; answers whether there was none.
     *
     * @param size in bytes; not 0, since a server may treat a request without a body in another way
     * @param time for the request
     */
    boolean create(String key, long size, Duration time) {
        try {
            uploads.putObject(
                    request -> request.bucket(bucketLocation.bucket())
                            .key(key)
                            .ifNoneMatch("*")
                            .contentType(Transfer.TYPE)
                            .overrideConfiguration(Clients.within(time)),
                    RequestBody.fromContentProvider(() -> new Zeros(size), size, Transfer.TYPE));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == 412) {
                return false;
            }
            throw e;
        }
    }

    /** So many zeros. */
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
        client.deleteObject(request -> request.bucket(bucketLocation.bucket()).key(key));
    }

    /** The objects whose keys begin so, in order and page by page; what has a further slash in its key is left out. */
    Stream<S3Object> list(String prefix, boolean deep) {
        ListObjectsV2Response first = page(prefix, deep, null);
        return Stream.iterate(Optional.of(first), Optional::isPresent, page -> next(prefix, deep, page.orElseThrow()))
                .flatMap(page -> page.orElseThrow().contents().stream());
    }

    private Optional<ListObjectsV2Response> next(String prefix, boolean deep, ListObjectsV2Response page) {
        return Boolean.TRUE.equals(page.isTruncated())
                ? Optional.of(page(prefix, deep, page.nextContinuationToken()))
                : Optional.empty();
    }

    private ListObjectsV2Response page(String prefix, boolean deep, @Nullable String token) {
        return ask(
                "listing patches",
                () -> client.listObjectsV2(request -> request.bucket(bucketLocation.bucket())
                        .prefix(prefix)
                        .delimiter(deep ? null : "/")
                        .continuationToken(token)));
    }
}
