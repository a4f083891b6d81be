package io.livepatch.storage.s3;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.StorageConfig;
import java.net.URI;
import java.util.Optional;

/** Which keys mean what, and what to call the bucket in a message. Only this class turns a name into a key. */
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

    /** The name whose key this is, if it is one's. */
    Optional<PatchName> name(String key) {
        return key.startsWith(prefix) ? PatchName.find(key.substring(prefix.length())) : Optional.empty();
    }

    String claims() {
        return prefix + DELETING;
    }

    /** What exists while somebody deletes what this put stored. */
    String claim(PatchName name, String put) {
        return claims() + name.fileName() + "/" + put;
    }

    /** The name whose deletion this key claims. */
    Optional<PatchName> claimed(String key) {
        int end = key.lastIndexOf('/');
        int begin = claims().length();
        return begin < end ? PatchName.find(key.substring(begin, end)) : Optional.empty();
    }

    String conditionalPut() {
        return prefix + ".conditional-put";
    }

    /** As in "in bucket 'patches' at https://s3.example.com". */
    @Override
    public String toString() {
        return "bucket '" + bucket + "' at " + address;
    }
}
