package io.livepatch.storage.s3;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * An object in the bucket that is a patch.
 *
 * @param put unique id of the put that created it
 * @param eTag the server's tag of exactly these bytes
 */
record StoredObject(Patch patch, String put, String eTag) {
    private static final String SHA256 = "livepatch-sha256";
    private static final String PUT = "livepatch-put";
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    // Validated, because the id becomes part of a key.
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

    static Map<String, String> metadata(Patch patch, String put) {
        return Map.of(SHA256, patch.sha256().hex(), PUT, put);
    }

    /** Reads the metadata; empty if no store created the object. */
    static Optional<StoredObject> of(PatchName name, HeadObjectResponse head) {
        @Nullable String sha256 = head.metadata().get(SHA256);
        @Nullable String put = head.metadata().get(PUT);
        if (sha256 == null
                || put == null
                || !DIGEST.matcher(sha256).matches()
                || !ID.matcher(put).matches()) {
            return Optional.empty();
        }
        return Optional.of(
                new StoredObject(new Patch(name, head.contentLength(), new Sha256(sha256)), put, head.eTag()));
    }
}
