package io.livepatch.storage.s3;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.StorageConfig;
import java.net.URI;
import java.util.Optional;

/**
 * The bucket, the layout of its keys, and its address for messages. Only this class turns a patch's name into a key.
 *
 * @param prefix of all keys: empty, or ends with a slash
 */
record BucketLocation(String bucket, String prefix, String address) {
    private static final String DELETING = ".deleting/";

    static BucketLocation of(StorageConfig.S3 config) {
        return new BucketLocation(
                config.bucket(),
                config.prefix(),
                config.endpoint().map(URI::toString).orElse("AWS, region " + config.region()));
    }

    String key(PatchName name) {
        return prefix + name.fileName();
    }

    /** The patch that is stored under a key; empty if it is not the key of a patch. */
    Optional<PatchName> patchName(String key) {
        return key.startsWith(prefix) ? PatchName.find(key.substring(prefix.length())) : Optional.empty();
    }

    String claimPrefix() {
        return prefix + DELETING;
    }

    /** The key of the claim that exists while the patch that this put stored is being deleted. */
    String claimKey(PatchName name, String put) {
        return claimPrefix() + name.fileName() + "/" + put;
    }

    /** The patch whose deletion is claimed under a key; empty if it is not the key of a claim. */
    Optional<PatchName> claimedPatch(String key) {
        int end = key.lastIndexOf('/');
        int begin = claimPrefix().length();
        return begin < end ? PatchName.find(key.substring(begin, end)) : Optional.empty();
    }

    String conditionalPutKey() {
        return prefix + ".conditional-put";
    }

    /** As in "in bucket 'patches' at https://s3.example.com". */
    @Override
    public String toString() {
        return "bucket '" + bucket + "' at " + address;
    }
}
