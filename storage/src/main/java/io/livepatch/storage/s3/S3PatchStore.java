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
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * Keeps patches in a bucket of S3, or of a server that speaks its protocol and has conditional writes. Any number of units may use
 * it at once.
 *
 * <p>An object without the metadata that a put gives it is no patch: it is not opened, also if it has the name of one, and a put does
 * not replace it. {@link #list} goes by the names alone, which costs no request for each, so it shows such an object.
 */
public final class S3PatchStore implements PatchStore {
    /** Signatures of version 4 hold no longer. */
    private static final Duration LONGEST_URL = Duration.ofDays(7);

    // Longer than a deletion takes, with a repeated request in it.
    private static final int LOOKS = 100;
    private static final long PAUSE_MILLIS = 100;

    private final Path spool;
    private final Bucket bucket;
    private final S3Presigner presigner;
    private final ConditionalPut conditional;
    private final AbandonedUploads abandonedUploads;
    private final Transfer transfer;
    private final Upload upload;
    private final Deletion deletion;
    private final BucketHealth bucketHealth;

    private S3PatchStore(
            Path spool, Bucket bucket, S3Presigner presigner, S3Timeouts s3Timeouts, long largest, InstantSource clock) {
        this.spool = spool;
        this.bucket = bucket;
        this.presigner = presigner;
        this.transfer = new Transfer(bucket.uploads(), bucket.place(), s3Timeouts, largest);
        this.conditional = new ConditionalPut(bucket, transfer);
        this.abandonedUploads = new AbandonedUploads(bucket, clock);
        this.upload = new Upload(bucket, transfer);
        this.deletion = new Deletion(bucket, LOOKS, PAUSE_MILLIS);
        this.bucketHealth = new BucketHealth(bucket, s3Timeouts.check(), clock);
    }

    /**
     * Makes ready to use the bucket, without asking for it: a server starts before its store. {@link #check} says whether it is
     * there. When it is first reached, what killed processes left there is removed.
     *
     * @throws StoreException.Unavailable if the file of certificates or the directory to spool in cannot be used
     */
    public static S3PatchStore open(StorageConfig.S3 config) {
        return open(config, S3Timeouts.USUAL);
    }

    static S3PatchStore open(StorageConfig.S3 config, S3Timeouts s3Timeouts) {
        return open(config, s3Timeouts, Transfer.LARGEST);
    }

    static S3PatchStore open(StorageConfig.S3 config, S3Timeouts s3Timeouts, long largest) {
        try {
            Spool.sweep(config.spool());
        } catch (IOException e) {
            throw Disk.failure("opening the spool of the patch store", config.spool(), e);
        }
        return new S3PatchStore(
                config.spool(),
                new Bucket(Clients.client(config, s3Timeouts), Clients.uploads(config, s3Timeouts), BucketLocation.of(config)),
                Clients.presigner(config),
                s3Timeouts,
                largest,
                InstantSource.system());
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        bucket.requireOpen();
        try (Spool spooled = Spool.of(spool, name, source, expected)) {
            transfer.requireFits(spooled.patch());
            conditional.require(spooled.patch().size());
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
        BucketLocation bucketLocation = bucket.place();
        return bucket.list(bucketLocation.prefix(), false).flatMap(object -> bucketLocation.name(object.key()).stream());
    }

    @Override
    public boolean delete(PatchName name) {
        bucket.requireOpen();
        return deletion.delete(name);
    }

    @Override
    public Patch verify(PatchName name) {
        bucket.requireOpen();
        BucketLocation bucketLocation = bucket.place();
        StoredObject object =
                bucket.find(name).orElseThrow(() -> new StoreException.NotFound(name, "patch store in " + bucketLocation));
        Patch patch = object.patch();
        try (ObjectContent content = new ObjectContent(bucket, object);
                InputStream bytes = content.read(0, patch.size())) {
            Sha256 actual = Sha256.of(bytes);
            if (!actual.equals(patch.sha256())) {
                throw new StoreException.Corrupt(name, patch.sha256(), actual, bucketLocation.toString());
            }
            return patch;
        } catch (IOException e) {
            throw new StoreException.Unavailable(
                    "verifying patch '" + name + "' failed: " + e.getMessage() + "; try again", e);
        }
    }

    /** Signs a URL without asking the server, so the patch need not be there. */
    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        bucket.requireOpen();
        BucketLocation bucketLocation = bucket.place();
        Duration bounded = ttl.compareTo(LONGEST_URL) > 0 ? LONGEST_URL : ttl;
        try {
            return Optional.of(URI.create(presigner
                    .presignGetObject(request -> request.signatureDuration(bounded)
                            .getObjectRequest(get -> get.bucket(bucketLocation.bucket()).key(bucketLocation.key(name))))
                    .url()
                    .toExternalForm()));
        } catch (SdkException e) {
            throw S3ErrorTranslator.of("signing a URL for patch '" + name + "'", bucketLocation, e);
        }
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public StoreHealth check() {
        bucket.requireOpen();
        StoreHealth now = bucketHealth.check();
        if (now.ok()) {
            var _ = abandonedUploads.sweep();
        }
        return now;
    }

    @Override
    public void close() {
        bucket.close();
        presigner.close();
    }
}
