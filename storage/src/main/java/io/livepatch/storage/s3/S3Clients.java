package io.livepatch.storage.s3;

import io.livepatch.common.net.CaBundle;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.TlsTrustManagersProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Builds the SDK's clients for a configuration. No method sends a request. */
final class S3Clients {
    private static final int ATTEMPTS = 3;

    private S3Clients() {}

    /** For requests without a body. */
    static S3Client client(StorageConfig.S3 config, S3Timeouts timeouts) {
        return client(config, timeouts, timeouts.read());
    }

    /**
     * For requests with a body. Their answer may take longer: after the last byte is written to the socket, megabytes may still be queued
     * in the kernel for a slow line, and the server may have to write them to its disk.
     */
    static S3Client uploads(StorageConfig.S3 config, S3Timeouts timeouts) {
        return client(config, timeouts, timeouts.transfer());
    }

    private static S3Client client(StorageConfig.S3 config, S3Timeouts timeouts, Duration readTimeout) {
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(config.region()))
                .forcePathStyle(config.pathStyle())
                .credentialsProvider(credentials(config))
                .httpClient(http(config, timeouts, readTimeout))
                // Not every server supports the newer checksums. Content-MD5 and the patch's digest protect the bytes
                // anyway.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                // Bodies are in files and are hashed before they are sent, so chunked signatures, which some proxies
                // break, are not needed.
                .serviceConfiguration(S3Configuration.builder()
                        .chunkedEncodingEnabled(false)
                        .expectContinueEnabled(false)
                        .build())
                .overrideConfiguration(calls -> calls.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(ATTEMPTS)
                                // AWS's answer while another request for the same key is in progress, which may fail.
                                .retryOnException(failure -> failure instanceof S3Exception refusal
                                        && refusal.statusCode() == 409
                                        && S3ErrorTranslator.code(refusal).equals("ConditionalRequestConflict"))
                                .build())
                        .apiCallTimeout(timeouts.call()));
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

    /** The configuration of a request whose attempts have this timeout, with at most two of them. */
    static AwsRequestOverrideConfiguration attemptTimeout(Duration timeout) {
        return AwsRequestOverrideConfiguration.builder()
                .apiCallAttemptTimeout(timeout)
                .apiCallTimeout(timeout.multipliedBy(2))
                .build();
    }

    /** The configuration of a request with this timeout for all attempts together. */
    static AwsRequestOverrideConfiguration callTimeout(Duration timeout) {
        return AwsRequestOverrideConfiguration.builder().apiCallTimeout(timeout).build();
    }

    private static SdkHttpClient http(StorageConfig.S3 config, S3Timeouts timeouts, Duration readTimeout) {
        UrlConnectionHttpClient.Builder builder = UrlConnectionHttpClient.builder()
                .connectionTimeout(timeouts.connect())
                .socketTimeout(readTimeout);
        config.caFile().map(S3Clients::trustManagers).ifPresent(builder::tlsTrustManagersProvider);
        return builder.build();
    }

    private static TlsTrustManagersProvider trustManagers(Path file) {
        try {
            TrustManager[] trustManagers = CaBundle.read(file).trustManagers();
            return () -> trustManagers;
        } catch (IOException | IllegalArgumentException e) {
            throw new StoreException.Unavailable(
                    "cannot trust the certificates in '" + file + "' (" + e
                            + "); patch-storage.s3-ca-file should name a readable file of PEM certificates",
                    e);
        }
    }

    private static AwsCredentialsProvider credentials(StorageConfig.S3 config) {
        return config.keys()
                .<AwsCredentialsProvider>map(keys ->
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(keys.access(), keys.secret())))
                .orElseGet(() -> DefaultCredentialsProvider.builder().build());
    }
}
