package io.livepatch.storage.s3;

import io.livepatch.storage.StoreException;
import java.util.Set;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Checks that the server honours {@code If-None-Match: *}. A server that ignores it would let a put replace a patch that another unit
 * stored, without an error; so no patch is put there.
 *
 * <p>The check sends the same kind of request as the put: with a body that is as long as the patch, rounded up to a power of two. A gateway
 * may turn a long body into a multipart upload, whose completion ignores the condition. Bodies longer than {@link #MAX_CHECKED} are assumed
 * to be treated like one of that length.
 */
final class ConditionalPutCheck {
    private static final String REMEDY =
            "; a put could silently replace another patch, so none is made: use a server that"
                    + " has conditional writes (docs/configuration.md names some), or another kind of store";

    private static final Set<String> REFUSALS = Set.of("NotImplemented", "InvalidArgument", "InvalidRequest");
    private static final long MIN_CHECKED = 64 << 10;
    private static final long MAX_CHECKED = 16 << 20;

    private final Bucket bucket;
    private final Transfer transfer;
    private volatile long checked;

    ConditionalPutCheck(Bucket bucket, Transfer transfer) {
        this.bucket = bucket;
        this.transfer = transfer;
    }

    /**
     * Checks the server with a body of about this size, unless this process has checked it with one as long. The object that is created
     * stays in the bucket, so that the check of another process takes one request.
     *
     * @throws StoreException.Unavailable if the server ignores or refuses the condition
     */
    void require(long size) {
        long length = Math.clamp(roundUp(size), MIN_CHECKED, MAX_CHECKED);
        if (checked < length) {
            bucket.call("checking conditional puts", () -> {
                check(bucket.location().conditionalPutKey(), length);
                return true;
            });
            checked = Math.max(checked, length);
        }
    }

    private static long roundUp(long size) {
        long power = Long.highestOneBit(size);
        return power == size ? size : power << 1;
    }

    private void check(String key, long size) {
        try {
            if (isIgnored(key, size)) {
                bucket.remove(key);
                throw new StoreException.Unavailable(
                        bucket.location() + " ignores If-None-Match of a put of " + size + " bytes" + REMEDY, null);
            }
        } catch (S3Exception e) {
            if (e.statusCode() == 501 || REFUSALS.contains(S3ErrorTranslator.code(e))) {
                throw new StoreException.Unavailable(
                        bucket.location() + " refuses If-None-Match (" + S3ErrorTranslator.code(e) + ")" + REMEDY, e);
            }
            throw e;
        }
    }

    /** Creates the object twice; the second put succeeds only if the condition is ignored. */
    private boolean isIgnored(String key, long size) {
        if (!create(key, size)) {
            return false;
        }
        return create(key, size);
    }

    /**
     * Retries with a short body if the connection breaks: a server may refuse a long body before it has read it, and the sending client
     * then sees a reset instead of the answer.
     */
    private boolean create(String key, long size) {
        try {
            return bucket.create(key, size, transfer.timeout(size));
        } catch (SdkClientException e) {
            if (size <= MIN_CHECKED) {
                throw e;
            }
            return bucket.create(key, MIN_CHECKED, transfer.timeout(MIN_CHECKED));
        }
    }
}
