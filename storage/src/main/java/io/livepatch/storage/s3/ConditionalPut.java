package io.livepatch.storage.s3;

import io.livepatch.storage.StoreException;
import java.util.Set;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Makes sure that the server minds {@code If-None-Match: *}. One that ignores it would let a put replace a patch that another
 * unit stored, and nobody would be told; so nothing is put there at all.
 */
final class ConditionalPut {
    private static final String REMEDY =
            "; a put there could replace a patch without a word, so none is made: use a server that"
                    + " has conditional writes (docs/configuration.md names some), or another kind of store";

    private static final Set<String> REFUSALS = Set.of("NotImplemented", "InvalidArgument", "InvalidRequest");

    private final Bucket bucket;
    private volatile boolean minded;

    ConditionalPut(Bucket bucket) {
        this.bucket = bucket;
    }

    /**
     * Asks the server the first time, with an object that stays, so that other processes need one request for it.
     *
     * @throws StoreException.Unavailable if it does not
     */
    void require() {
        if (!minded) {
            bucket.ask("trying a conditional put", () -> {
                prove(bucket.place().conditionalPut());
                return true;
            });
            minded = true;
        }
    }

    private void prove(String key) {
        try {
            if (ignored(key)) {
                bucket.remove(key);
                throw new StoreException.Unavailable(bucket.place() + " ignores If-None-Match" + REMEDY, null);
            }
        } catch (S3Exception e) {
            if (e.statusCode() == 501 || REFUSALS.contains(Failures.code(e))) {
                throw new StoreException.Unavailable(
                        bucket.place() + " refuses If-None-Match (" + Failures.code(e) + ")" + REMEDY, e);
            }
            throw e;
        }
    }

    private boolean ignored(String key) {
        if (!bucket.create(key)) {
            return false;
        }
        return bucket.create(key);
    }
}
