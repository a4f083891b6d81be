package io.livepatch.storage.s3;

import io.livepatch.storage.Patch;
import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;

/** The requests that send a patch: one, or one for each part; either way the last of them creates the object, whole. */
final class Transfer {
    /** The least that S3 takes as a part; a larger one would have to wait longer before it counts as stuck. */
    static final int PART = 5 << 20;

    private static final int MOST_PARTS = 10_000;
    private static final String TYPE = "application/octet-stream";
    private static final Logger LOG = LoggerFactory.getLogger(Transfer.class);

    private final S3Client client;
    private final Place place;
    private final AwsRequestOverrideConfiguration bounds;

    Transfer(S3Client client, Place place, Patience patience) {
        this.client = client;
        this.place = place;
        this.bounds = Clients.within(patience.transfer());
    }

    /** Creates the object if there is none, or fails with an exception of the SDK and leaves nothing. */
    void send(Spool spool, String put) {
        if (spool.patch().size() <= PART) {
            sendWhole(spool, put);
        } else {
            sendParts(spool, put);
        }
    }

    private void sendWhole(Spool spool, String put) {
        Patch patch = spool.patch();
        client.putObject(
                request -> request.bucket(place.bucket())
                        .key(place.key(patch.name()))
                        .ifNoneMatch("*")
                        .contentMD5(md5(spool, 0, patch.size()))
                        .contentType(TYPE)
                        .metadata(StoredObject.metadata(patch, put))
                        .overrideConfiguration(bounds),
                body(spool, 0, patch.size()));
    }

    private void sendParts(Spool spool, String put) {
        Patch patch = spool.patch();
        String key = place.key(patch.name());
        String upload = client.createMultipartUpload(request -> request.bucket(place.bucket())
                        .key(key)
                        .contentType(TYPE)
                        .metadata(StoredObject.metadata(patch, put)))
                .uploadId();
        boolean complete = false;
        try {
            List<CompletedPart> parts = parts(spool, key, upload);
            client.completeMultipartUpload(request -> request.bucket(place.bucket())
                    .key(key)
                    .uploadId(upload)
                    .ifNoneMatch("*")
                    .multipartUpload(all -> all.parts(parts))
                    .overrideConfiguration(bounds));
            complete = true;
        } finally {
            if (!complete) {
                abort(key, upload);
            }
        }
    }

    private List<CompletedPart> parts(Spool spool, String key, String upload) {
        long size = spool.patch().size();
        long partSize = Math.max(PART, Math.ceilDiv(size, MOST_PARTS));
        List<CompletedPart> parts = new ArrayList<>();
        for (long offset = 0; offset < size; offset += partSize) {
            parts.add(part(spool, key, upload, parts.size() + 1, offset, Math.min(partSize, size - offset)));
        }
        return parts;
    }

    private CompletedPart part(Spool spool, String key, String upload, int number, long offset, long length) {
        String eTag = client.uploadPart(
                        request -> request.bucket(place.bucket())
                                .key(key)
                                .uploadId(upload)
                                .partNumber(number)
                                .contentMD5(md5(spool, offset, length))
                                .overrideConfiguration(bounds),
                        body(spool, offset, length))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(eTag).build();
    }

    private void abort(String key, String upload) {
        try {
            client.abortMultipartUpload(
                    request -> request.bucket(place.bucket()).key(key).uploadId(upload));
        } catch (NoSuchUploadException e) {
            LOG.debug("the upload of '{}' to {} was complete, or aborted by another unit", key, place);
        } catch (SdkException e) {
            LOG.warn(
                    "cannot abort the upload of '{}' to {}, which is aborted when a process opens the store next: {}",
                    key,
                    place,
                    e.getMessage());
        }
    }

    private static RequestBody body(Spool spool, long offset, long length) {
        return RequestBody.fromContentProvider(() -> spool.read(offset, length), length, TYPE);
    }

    private static String md5(Spool spool, long offset, long length) {
        try (DigestInputStream bytes =
                new DigestInputStream(spool.read(offset, length), MessageDigest.getInstance("MD5"))) {
            bytes.transferTo(OutputStream.nullOutputStream());
            return Base64.getEncoder().encodeToString(bytes.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has MD5", e);
        }
    }
}
