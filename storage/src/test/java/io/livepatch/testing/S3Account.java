package io.livepatch.testing;

import io.livepatch.storage.StorageConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The address of an S3 server, and the keys of an administrator. */
public record S3Account(URI endpoint, String region, boolean pathStyle, StorageConfig.S3.Keys keys) {
    /**
     * The server that the environment names in {@code LIVEPATCH_TEST_S3_ENDPOINT}, {@code _ACCESS_KEY}, {@code _SECRET_KEY} and
     * {@code _REGION}, or else {@link S3Server#shared}.
     */
    public static S3Account ofTests() {
        Map<String, String> environment = System.getenv();
        String variable = "LIVEPATCH_TEST_S3_";
        return Optional.ofNullable(environment.get(variable + "ENDPOINT"))
                .map(endpoint -> new S3Account(
                        URI.create(endpoint),
                        environment.getOrDefault(variable + "REGION", "us-east-1"),
                        true,
                        new StorageConfig.S3.Keys(
                                environment.getOrDefault(variable + "ACCESS_KEY", ""),
                                environment.getOrDefault(variable + "SECRET_KEY", ""))))
                .orElseGet(() -> S3Server.shared().account());
    }

    /** The same server through a proxy. */
    public S3Account through(FaultProxy proxy) {
        return new S3Account(proxy.endpoint(), region, pathStyle, keys);
    }

    /** The configuration of a store in this bucket, under this prefix (empty, or with a slash at its end). */
    public StorageConfig.S3 config(String bucket, String prefix, Path spool) {
        return new StorageConfig.S3(
                Optional.of(endpoint), region, bucket, prefix, pathStyle, Optional.of(keys), Optional.empty(), spool);
    }

    /** A client for direct access to objects. The caller closes it. */
    public S3Client client() {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.of(region))
                .forcePathStyle(pathStyle)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(keys.access(), keys.secret())))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .build();
    }

    /** Creates a bucket with a unique name. */
    public String newBucket() {
        String bucket = "livepatch-test-" + UUID.randomUUID();
        try (S3Client client = client()) {
            client.createBucket(request -> request.bucket(bucket));
        }
        return bucket;
    }

    /** Removes a bucket and its objects and unfinished uploads. */
    public void removeBucket(String bucket) {
        try (S3Client client = client()) {
            client.listMultipartUploadsPaginator(request -> request.bucket(bucket)).uploads().stream()
                    .forEach(upload -> client.abortMultipartUpload(
                            request -> request.bucket(bucket).key(upload.key()).uploadId(upload.uploadId())));
            client.listObjectsV2Paginator(request -> request.bucket(bucket)).contents().stream()
                    .forEach(object -> client.deleteObject(
                            request -> request.bucket(bucket).key(object.key())));
            client.deleteBucket(request -> request.bucket(bucket));
        }
    }
}
