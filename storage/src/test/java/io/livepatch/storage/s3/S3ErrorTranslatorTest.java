package io.livepatch.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.PatchStore.StoreHealth;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Reason, remedy and duration of failed requests. */
final class S3ErrorTranslatorTest {
    private static final BucketLocation LOCATION = new BucketLocation("patches", "", "https://s3.example");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            403 | InvalidAccessKeyId           | patch-storage.s3-access-key | true
            403 | SignatureDoesNotMatch        | patch-storage.s3-secret-key | true
            403 | AccessDenied                 | its rights in bucket        | true
            403 | RequestTimeTooSkewed         | set them                    | true
            404 | NoSuchBucket                 | create the bucket           | true
            400 | AuthorizationHeaderMalformed | patch-storage.s3-region     | true
            301 | PermanentRedirect            | patch-storage.s3-region     | true
            501 | NotImplemented               | use a server                | true
            503 | SlowDown                     | try again                   | false
            500 | InternalError                | try again                   | false
            400 | RequestTimeout               | s3-                         | false
            """)
    void answersHaveReasonAndRemedy(int status, String code, String remedy, boolean lasting) {
        StoreHealth health = StoreHealth.of(
                S3ErrorTranslator.translate("checking the patch store", LOCATION, (S3Exception) S3Exception.builder()
                        .statusCode(status)
                        .awsErrorDetails(AwsErrorDetails.builder()
                                .errorCode(code)
                                .errorMessage("so it is")
                                .build())
                        .build()));

        assertThat(health.problem().orElseThrow()).contains(status + " " + code, "so it is", remedy);
        assertThat(health.lasting()).isEqualTo(lasting);
    }

    @Test
    void unknownHostIsTemporary() {
        StoreHealth health = StoreHealth.of(S3ErrorTranslator.translate(
                "checking the patch store",
                LOCATION,
                SdkClientException.create("no answer", new UnknownHostException("s3.example"))));

        assertThat(health.problem().orElseThrow()).contains("unknown host", "patch-storage.s3-endpoint");
        assertThat(health.lasting()).isFalse();
    }
}
