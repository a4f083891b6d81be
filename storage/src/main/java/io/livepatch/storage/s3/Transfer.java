package io.livepatch.storage.s3;

import io.livepatch.storage.Patch;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The one request that sends a patch and creates its object, streamed from the spool file.
 *
 * <p>No multipart upload, however long the patch is: some servers (Ceph radosgw 16) heed {@code If-None-Match} in a PUT and ignore it when
 * they complete an upload of parts, so that of two units that store different bytes under one name both are told "stored".
 */
final class Transfer {
    /** The longest object that S3 takes in one request. */
    static final long LARGEST = 5L << 30;

    static final String TYPE = "application/octet-stream";

    private final S3Client client;
    private final BucketLocation bucketLocation;
    private final S3Timeouts s3Timeouts;
    private final long largest;

    /** Sends patches of up to so many bytes. */
    Transfer(S3Client client, BucketLocation bucketLocation, S3Timeouts s3Timeouts, long largest) {
        this.client = client;
        this.bucketLocation = bucketLocation;
        this.s3Timeouts = s3Timeouts;
        this.largest = largest;
    }

    /**
     * Refuses what one request cannot hold.
     *
     * @throws StoreException.TooLarge if the patch is too long
     */
    void requireFits(Patch patch) {
        if (patch.size() > largest) {
            throw new StoreException.TooLarge(patch, largest, bucketLocation.toString());
        }
    }

    /** Creates the object if there is none, or fails with an exception of the SDK and leaves nothing. */
    void send(Spool spool, String put) {
        Patch patch = spool.patch();
        client.putObject(
                request -> request.bucket(bucketLocation.bucket())
                        .key(bucketLocation.key(patch.name()))
                        .ifNoneMatch("*")
                        .contentMD5(md5(spool))
                        .contentType(TYPE)
                        .metadata(StoredObject.metadata(patch, put))
                        .overrideConfiguration(Clients.within(time(patch.size()))),
                RequestBody.fromContentProvider(() -> spool.read(0, patch.size()), patch.size(), TYPE));
    }

    Duration time(long size) {
        return s3Timeouts.transfer().multipliedBy(Math.max(1, Math.ceilDiv(size, S3Timeouts.TRANSFERRED)));
    }

    private static String md5(Spool spool) {
        try (DigestInputStream bytes =
                new DigestInputStream(spool.read(0, spool.patch().size()), MessageDigest.getInstance("MD5"))) {
            bytes.transferTo(OutputStream.nullOutputStream());
            return Base64.getEncoder().encodeToString(bytes.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has MD5", e);
        }
    }
}
