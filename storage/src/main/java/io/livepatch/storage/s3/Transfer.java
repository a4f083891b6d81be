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
 * Sends a patch from its spool file and creates its object, by one request.
 *
 * <p>Long patches are not sent by multipart upload either: some servers (Ceph radosgw 16) honour {@code If-None-Match} in a PUT and ignore it
 * when a multipart upload is completed. Two units that store different bytes under one name would then both succeed.
 */
final class Transfer {
    /** The largest object that S3 accepts in one request, in bytes. */
    static final long MAX_SIZE = 5L << 30;

    static final String TYPE = "application/octet-stream";

    private final S3Client client;
    private final BucketLocation location;
    private final S3Timeouts timeouts;
    private final long maxSize;

    Transfer(S3Client client, BucketLocation location, S3Timeouts timeouts, long maxSize) {
        this.client = client;
        this.location = location;
        this.timeouts = timeouts;
        this.maxSize = maxSize;
    }

    /**
     * Checks that one request can hold the patch.
     *
     * @throws StoreException.TooLarge if it is larger
     */
    void requireFits(Patch patch) {
        if (patch.size() > maxSize) {
            throw new StoreException.TooLarge(patch, maxSize, location.toString());
        }
    }

    /** Creates the object if its key is free; otherwise fails with an exception of the SDK and stores nothing. */
    void send(Spool spool, String put) {
        Patch patch = spool.patch();
        client.putObject(
                request -> request.bucket(location.bucket())
                        .key(location.key(patch.name()))
                        .ifNoneMatch("*")
                        .contentMD5(md5(spool))
                        .contentType(TYPE)
                        .metadata(StoredObject.metadata(patch, put))
                        .overrideConfiguration(S3Clients.attemptTimeout(timeout(patch.size()))),
                RequestBody.fromContentProvider(() -> spool.read(0, patch.size()), patch.size(), TYPE));
    }

    /** The timeout of one attempt to send so many bytes. */
    Duration timeout(long size) {
        return timeouts.transfer().multipliedBy(Math.max(1, Math.ceilDiv(size, S3Timeouts.TRANSFER_UNIT)));
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
