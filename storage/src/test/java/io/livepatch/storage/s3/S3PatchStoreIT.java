package io.livepatch.storage.s3;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStoreContract;
import io.livepatch.storage.StorageConfig;
import io.livepatch.testing.S3Account;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** The contract with a real server, which the environment may name (see {@link S3Account#ofTests}). */
final class S3PatchStoreIT extends PatchStoreContract {
    private static final S3Account ACCOUNT = S3Account.ofTests();
    private static String bucket;
    private static int stores;

    @TempDir
    private Path spool;

    @BeforeAll
    static void createBucket() {
        bucket = ACCOUNT.newBucket();
    }

    @AfterAll
    static void removeBucket() {
        ACCOUNT.removeBucket(bucket);
    }

    @Override
    protected PatchStore openEmpty() {
        stores++;
        return reopen();
    }

    @Override
    protected PatchStore reopen() {
        return S3PatchStore.open(config());
    }

    private StorageConfig.S3 config() {
        return ACCOUNT.config(bucket, "store-" + stores + "/", spool);
    }

    @Override
    protected void damage(PatchName name) {
        String key = BucketLocation.of(config()).key(name);
        try (S3Client client = ACCOUNT.client()) {
            HeadObjectResponse stored =
                    client.headObject(request -> request.bucket(bucket).key(key));
            client.putObject(
                    request -> request.bucket(bucket).key(key).metadata(stored.metadata()),
                    RequestBody.fromString("other bytes"));
        }
    }

    @Override
    protected Traits traits() {
        return new Traits(true, false, true, false);
    }
}
