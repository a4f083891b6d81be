package io.livepatch.storage.s3;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.Disk;
import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * Stores patches in a bucket of S3, or of a server with its protocol and conditional writes. Any number of units may use it at once.
 *
 * <p>An object without the metadata that {@link #put} writes is not a patch, even if it has the name of one: it is not opened, and not
 * replaced by a put. {@link #list} includes such an object, since it reads only names; metadata would cost a request for each object.
 */
public final class S3PatchStore implements PatchStore {
    /** The maximum of Signature Version 4. */
    private static final Duration MAX_URL_TTL = Duration.ofDays(7);

    // 10 s, longer than a deletion with a retried request takes.
    private static final int DELETION_POLLS = 100;
    private static final long DELETION_PAUSE_MILLIS = 100;

    private final Path spool;
    private final Bucket bucket;
    private final S3Presigner presigner;
    private final ConditionalPutCheck conditionalPutCheck;
    private final AbandonedUploads abandonedUploads;
    private final Transfer transfer;
    private final ObjectUpload upload;
    private final Deletion deletion;
    private final BucketHealth bucketHealth;

    private S3PatchStore(
            Path spool, Bucket bucket, S3Presigner presigner, S3Timeouts timeouts, long maxSize, InstantSource clock) {
        this.spool = spool;
        this.bucket = bucket;
        this.presigner = presigner;
        this.transfer = new Transfer(bucket.uploads(), bucket.location(), timeouts, maxSize);
        this.conditionalPutCheck = new ConditionalPutCheck(bucket, transfer);
        this.abandonedUploads = new AbandonedUploads(bucket, clock);
        this.upload = new ObjectUpload(bucket, transfer);
        this.deletion = new Deletion(bucket, DELETION_POLLS, DELETION_PAUSE_MILLIS);
        this.bucketHealth = new BucketHealth(bucket, timeouts.check(), clock);
    }

    /**
     * Opens the store without a request to the server, which may be down. The first {@link #check} that succeeds removes what killed
     * processes left in the bucket.
     *
     * @throws StoreException.Unavailable if the file of certificates or the spool directory cannot be used
     */
    public static S3PatchStore open(StorageConfig.S3 config) {
        return open(config, S3Timeouts.DEFAULT);
    }

    static S3PatchStore open(StorageConfig.S3 config, S3Timeouts timeouts) {
        return open(config, timeouts, Transfer.MAX_SIZE);
    }

    static S3PatchStore open(StorageConfig.S3 config, S3Timeouts timeouts, long maxSize) {
        try {
            Spool.sweep(config.spool());
        } catch (IOException e) {
            throw Disk.failure("opening the spool of the patch store", config.spool(), e);
        }
        return new S3PatchStore(
                config.spool(),
                new Bucket(
                        S3Clients.client(config, timeouts),
                        S3Clients.uploads(config, timeouts),
                        BucketLocation.of(config)),
                S3Clients.presigner(config),
                timeouts,
                maxSize,
                InstantSource.system());
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        bucket.requireOpen();
        try (Spool spooled = Spool.of(spool, name, source, expected)) {
            transfer.requireFits(spooled.patch());
            conditionalPutCheck.require(spooled.patch().size());
            return upload.put(spooled);
        }
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        bucket.requireOpen();
        return bucket.find(name).map(object -> new ObjectContent(bucket, object));
    }

    @Override
    public Stream<PatchName> list() {
        bucket.requireOpen();
        BucketLocation location = bucket.location();
        return bucket.list(location.prefix(), false).flatMap(object -> location.patchName(object.key()).stream());
    }

    @Override
    public boolean delete(PatchName name) {
        bucket.requireOpen();
        return deletion.delete(name);
    }

    @Override
    public Patch verify(PatchName name) {
        bucket.requireOpen();
        BucketLocation location = bucket.location();
        StoredObject object =
                bucket.find(name).orElseThrow(() -> new StoreException.NotFound(name, "patch store in " + location));
        Patch patch = object.patch();
        try (ObjectContent content = new ObjectContent(bucket, object);
                InputStream bytes = content.read(0, patch.size())) {
            Sha256 actual = Sha256.of(bytes);
            if (!actual.equals(patch.sha256())) {
                throw new StoreException.Corrupt(name, patch.sha256(), actual, location.toString());
            }
            return patch;
        } catch (IOException e) {
            throw new StoreException.Unavailable(
                    "verifying patch '" + name + "' failed: " + e.getMessage() + "; try again", e);
        }
    }

    /** A stored patch; each range is a request. */
    private static final class ObjectContent implements PatchContent.Ranged {
        private final Bucket bucket;
        private final StoredObject object;
        private final AtomicBoolean closed = new AtomicBoolean();

        ObjectContent(Bucket bucket, StoredObject object) {
            this.bucket = bucket;
            this.object = object;
        }

        @Override
        public Patch patch() {
            return object.patch();
        }

        @Override
        public InputStream read(long offset, long length) {
            Objects.checkFromIndexSize(offset, length, patch().size());
            if (closed.get()) {
                throw new IllegalStateException("the content of patch '" + patch().name() + "' is closed");
            }
            return length == 0 ? InputStream.nullInputStream() : ObjectStream.open(bucket, object, offset, length);
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    /** Signs a URL without a request to the server, so it may be that of an absent patch. */
    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        bucket.requireOpen();
        BucketLocation location = bucket.location();
        Duration bounded = ttl.compareTo(MAX_URL_TTL) > 0 ? MAX_URL_TTL : ttl;
        try {
            return Optional.of(URI.create(presigner
                    .presignGetObject(request -> request.signatureDuration(bounded)
                            .getObjectRequest(
                                    get -> get.bucket(location.bucket()).key(location.key(name))))
                    .url()
                    .toExternalForm()));
        } catch (SdkException e) {
            throw S3ErrorTranslator.translate("signing a URL for patch '" + name + "'", location, e);
        }
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public StoreHealth check() {
        bucket.requireOpen();
        StoreHealth health = bucketHealth.check();
        if (health.ok()) {
            var _ = abandonedUploads.remove();
        }
        return health;
    }

    @Override
    public void close() {
        bucket.close();
        presigner.close();
    }
}
