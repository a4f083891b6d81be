package io.livepatch.storage.s3;

import io.livepatch.storage.StoreException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** Translates failed requests into {@link StoreException}s with the reason and a remedy. */
final class S3ErrorTranslator {
    private static final Set<String> FULL =
            Set.of("QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded");

    /** Errors with a status 4xx that are temporary nevertheless. */
    private static final Set<String> TEMPORARY = Set.of("RequestTimeout", "OperationAborted", "SlowDown", "Throttling");

    private S3ErrorTranslator() {}

    static StoreException translate(String operation, BucketLocation location, SdkException cause) {
        String failed = operation + " in " + location + " failed: ";
        if (!(cause instanceof AwsServiceException answer)) {
            return new StoreException.Unavailable(failed + describe(cause), cause, isLasting(cause));
        }
        String description = describe(answer);
        if (FULL.contains(code(answer)) || answer.statusCode() == 507) {
            return new StoreException.Full(
                    failed + description + "; free some room there, or raise the bucket's quota", answer);
        }
        return new StoreException.Unavailable(
                failed + description + "; " + remedy(answer, location), answer, isLasting(answer));
    }

    /**
     * Whether the request will fail until an operator changes a setting. Answers with status 429 or 5xx, connection errors and failures of
     * the name server are temporary.
     */
    private static boolean isLasting(AwsServiceException answer) {
        return code(answer).equals("NotImplemented")
                || (answer.statusCode() / 100 != 5 && answer.statusCode() != 429 && !TEMPORARY.contains(code(answer)));
    }

    private static boolean isLasting(SdkException cause) {
        return isUntrusted(cause) || keysMissing(cause);
    }

    /** Whether the server's certificate was rejected, as opposed to a TLS connection that broke. */
    private static boolean isUntrusted(SdkException cause) {
        return has(cause, CertificateException.class);
    }

    private static boolean keysMissing(SdkException cause) {
        return String.valueOf(cause.getMessage()).contains("credentials");
    }

    private static String describe(SdkException cause) {
        if (has(cause, SSLException.class)) {
            return root(cause) + "; if the server's certificate is from an authority of your own, name its file in"
                    + " patch-storage.s3-ca-file; if the server does not speak TLS, set patch-storage.s3-secure to false";
        }
        if (has(cause, UnknownHostException.class)) {
            return "unknown host " + root(cause) + "; check patch-storage.s3-endpoint, and the name server";
        }
        if (keysMissing(cause)) {
            return "no keys found; set patch-storage.s3-access-key and patch-storage.s3-secret-key";
        }
        return root(cause) + "; check that the server runs, and patch-storage.s3-endpoint";
    }

    private static String remedy(AwsServiceException answer, BucketLocation location) {
        return switch (code(answer)) {
            case "NoSuchBucket" -> "create the bucket, or correct patch-storage.s3-bucket";
            case "InvalidAccessKeyId" ->
                "the server does not know the access key: set patch-storage.s3-access-key and"
                        + " patch-storage.s3-secret-key to a key pair that it knows";
            case "SignatureDoesNotMatch" ->
                "the secret key does not match the access key: set patch-storage.s3-secret-key";
            case "InvalidToken", "ExpiredToken" -> "check patch-storage.s3-access-key and patch-storage.s3-secret-key";
            case "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException" ->
                "check patch-storage.s3-region";
            case "RequestTimeTooSkewed" -> "the clocks of this machine and of the server differ too much: set them";
            case "AccessDenied", "AllAccessDisabled", "403" ->
                "check patch-storage.s3-access-key and its rights in bucket '" + location.bucket()
                        + "' (docs/configuration.md lists them)";
            case "NotImplemented" -> "use a server that can do this";
            default ->
                answer.statusCode() / 100 == 5 ? "try again" : "check the keys of patch-storage that begin with s3-";
        };
    }

    private static String describe(AwsServiceException answer) {
        @Nullable AwsErrorDetails details = answer.awsErrorDetails();
        @Nullable String message = details == null ? null : details.errorMessage();
        return "the server answered " + answer.statusCode() + " " + code(answer)
                + (message == null || message.isBlank() ? "" : " (" + message.strip() + ")");
    }

    /** The error code of the answer, or its status if it has none, as in an answer to HEAD. */
    static String code(AwsServiceException answer) {
        @Nullable AwsErrorDetails details = answer.awsErrorDetails();
        @Nullable String code = details == null ? null : details.errorCode();
        return code == null || code.isBlank() ? String.valueOf(answer.statusCode()) : code;
    }

    private static boolean has(Throwable cause, Class<? extends Throwable> kind) {
        return chain(cause).stream().anyMatch(kind::isInstance);
    }

    private static String root(Throwable cause) {
        Throwable root = chain(cause).getLast();
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    private static List<Throwable> chain(Throwable cause) {
        List<Throwable> chain = new ArrayList<>();
        for (@Nullable Throwable next = cause; next != null && !chain.contains(next); next = next.getCause()) {
            chain.add(next);
        }
        return chain;
    }
}
