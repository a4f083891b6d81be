package io.livepatch.storage.s3;

import io.livepatch.storage.StorageConfig;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** How to speak to the server; nothing here speaks. */
final class Clients {
    private static final int ATTEMPTS = 3;

    private Clients() {}

    /** For requests without a body. */
    static S3Client client(StorageConfig.S3 config, S3Timeouts s3Timeouts) {
        return client(config, s3Timeouts, s3Timeouts.silence());
    }

    /**
     * For requests that send bytes. Their answer may take longer: when the last byte is written to the socket, megabytes of them may be
     * waiting in the kernel for a slow line, and the server may have to write them to its disk.
     */
    static S3Client uploads(StorageConfig.S3 config, S3Timeouts s3Timeouts) {
        return client(config, s3Timeouts, s3Timeouts.transfer());
    }

    private static S3Client client(StorageConfig.S3 config, S3Timeouts s3Timeouts, Duration silence) {
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(config.region()))
                .forcePathStyle(config.pathStyle())
                .credentialsProvider(credentials(config))
                .httpClient(http(config, s3Timeouts, silence))
                // Checksums of newer kinds are not known to every server; Content-MD5 and our own digest are there
                // anyway.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                // Bytes lie in a file and can be hashed before they are sent; chunked signatures are a trap for
                // proxies.
                .serviceConfiguration(S3Configuration.builder()
                        .chunkedEncodingEnabled(false)
                        .expectContinueEnabled(false)
                        .build())
                .overrideConfiguration(calls -> calls.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(ATTEMPTS)
                                // AWS: another request for the same key is under way, which may yet fail.
                                .retryOnException(failure -> failure instanceof S3Exception refusal
                                        && refusal.statusCode() == 409
                                        && S3ErrorTranslator.code(refusal).equals("ConditionalRequestConflict"))
                                .build())
                        .apiCallTimeout(s3Timeouts.call()));
        config.endpoint().ifPresent(builder::endpointOverride);
        return builder.build();
    }

    static S3Presigner presigner(StorageConfig.S3 config) {
        S3Presigner.Builder builder = S3Presigner.builder()
                .region(Region.of(config.region()))
                .credentialsProvider(credentials(config))
                .serviceConfiguration(S3Configuration.builder()
                        .pathStyleAccessEnabled(config.pathStyle())
                        .build());
        config.endpoint().ifPresent(builder::endpointOverride);
        return builder.build();
    }

    /** For a request that may take so long, and be repeated once. */
    static AwsRequestOverrideConfiguration within(Duration attempt) {
        return AwsRequestOverrideConfiguration.builder()
                .apiCallAttemptTimeout(attempt)
                .apiCallTimeout(attempt.multipliedBy(2))
                .build();
    }

    /** For a request that must have its answer by then. */
    static AwsRequestOverrideConfiguration by(Duration call) {
        return AwsRequestOverrideConfiguration.builder().apiCallTimeout(call).build();
    }

    private static SdkHttpClient http(StorageConfig.S3 config, S3Timeouts s3Timeouts, Duration silence) {
        UrlConnectionHttpClient.Builder builder = UrlConnectionHttpClient.builder()
                .connectionTimeout(s3Timeouts.connect())
                .socketTimeout(silence);
        config.caFile().map(TrustedAuthorities::read).ifPresent(builder::tlsTrustManagersProvider);
        return builder.build();
    }

    private static AwsCredentialsProvider credentials(StorageConfig.S3 config) {
        return config.keys()
                .<AwsCredentialsProvider>map(keys ->
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(keys.access(), keys.secret())))
                .orElseGet(() -> DefaultCredentialsProvider.builder().build());
    }
}
