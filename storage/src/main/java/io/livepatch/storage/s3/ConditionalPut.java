package io.livepatch.storage.s3;

import io.livepatch.storage.StoreException;
import java.util.Set;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Makes sure that the server minds {@code If-None-Match: *}. One that ignores it would let a put replace a patch that another
 * unit stored, without an error; so nothing is put there at all.
 *
 * <p>It is tried with a request like the one to come: with a body, and with one as long as the patch, rounded up to a power of two, since
 * a gateway may turn long bodies into an upload of parts, whose completion has no condition. Bodies longer than {@link #LONGEST_TRIED} are
 * trusted to be treated as that one was.
 */
final class ConditionalPut {
    private static final String REMEDY =
            "; a put there could replace a patch without a word, so none is made: use a server that"
                    + " has conditional writes (docs/configuration.md names some), or another kind of store";

    private static final Set<String> REFUSALS = Set.of("NotImplemented", "InvalidArgument", "InvalidRequest");
    private static final long SHORTEST_TRIED = 64 << 10;
    private static final long LONGEST_TRIED = 16 << 20;

    private final Bucket bucket;
    private final Transfer transfer;
    private volatile long minded;

    ConditionalPut(Bucket bucket, Transfer transfer) {
        this.bucket = bucket;
        this.transfer = transfer;
    }

    /**
     * Asks the server the first time for bodies of about this size, with an object that stays, so that other processes need one request
     * for it.
     *
     * @throws StoreException.Unavailable if it does not
     */
    void require(long size) {
        long tried = Math.clamp(roundedUp(size), SHORTEST_TRIED, LONGEST_TRIED);
        if (minded < tried) {
            bucket.ask("trying a conditional put", () -> {
                prove(bucket.place().conditionalPut(), tried);
                return true;
            });
            minded = Math.max(minded, tried);
        }
    }

    private static long roundedUp(long size) {
        long power = Long.highestOneBit(size);
        return power == size ? size : power << 1;
    }

    private void prove(String key, long size) {
        try {
            if (ignored(key, size)) {
                bucket.remove(key);
                throw new StoreException.Unavailable(
                        bucket.place() + " ignores If-None-Match of a put of " + size + " bytes" + REMEDY, null);
            }
        } catch (S3Exception e) {
            if (e.statusCode() == 501 || REFUSALS.contains(S3ErrorTranslator.code(e))) {
                throw new StoreException.Unavailable(
                        bucket.place() + " refuses If-None-Match (" + S3ErrorTranslator.code(e) + ")" + REMEDY, e);
            }
            throw e;
        }
    }

    private boolean ignored(String key, long size) {
        if (!create(key, size)) {
            return false;
        }
        return create(key, size);
    }

    /** A server may refuse a long body before it has read it; a client that still sends sees a reset instead of the answer. */
    private boolean create(String key, long size) {
        try {
            return bucket.create(key, size, transfer.time(size));
        } catch (SdkClientException e) {
            if (size <= SHORTEST_TRIED) {
                throw e;
            }
            return bucket.create(key, SHORTEST_TRIED, transfer.time(SHORTEST_TRIED));
        }
    }
}
