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

/** What a failed request means for the operator: why it failed, and what to do. */
final class S3ErrorTranslator {
    private static final Set<String> FULL =
            Set.of("QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded");

    /** Answers of the class 4xx that a retry may change. */
    private static final Set<String> PASSING = Set.of("RequestTimeout", "OperationAborted", "SlowDown", "Throttling");

    private S3ErrorTranslator() {}

    static StoreException of(String what, BucketLocation bucketLocation, SdkException cause) {
        String failed = what + " in " + bucketLocation + " failed: ";
        if (!(cause instanceof AwsServiceException answer)) {
            return new StoreException.Unavailable(failed + unanswered(cause), cause, lasting(cause));
        }
        String said = said(answer);
        if (FULL.contains(code(answer)) || answer.statusCode() == 507) {
            return new StoreException.Full(
                    failed + said + "; free some room there, or raise the bucket's quota", answer);
        }
        return new StoreException.Unavailable(failed + said + "; " + remedy(answer, bucketLocation), answer, lasting(answer));
    }

    /**
     * Whether the same request fails until an operator changes a setting. An answer of the classes 429 and 5xx, a refused or
     * silent connection and a name server that does not answer may pass by themselves.
     */
    private static boolean lasting(AwsServiceException answer) {
        return code(answer).equals("NotImplemented")
                || (answer.statusCode() / 100 != 5 && answer.statusCode() != 429 && !PASSING.contains(code(answer)));
    }

    private static boolean lasting(SdkException cause) {
        return untrusted(cause) || keysMissing(cause);
    }

    /** A server whose certificate is refused, as opposed to a TLS connection that breaks. */
    private static boolean untrusted(SdkException cause) {
        return has(cause, CertificateException.class);
    }

    private static boolean keysMissing(SdkException cause) {
        return String.valueOf(cause.getMessage()).contains("credentials");
    }

    private static String unanswered(SdkException cause) {
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

    private static String remedy(AwsServiceException answer, BucketLocation bucketLocation) {
        return switch (code(answer)) {
            case "NoSuchBucket" -> "create the bucket, or correct patch-storage.s3-bucket";
            case "InvalidAccessKeyId" ->
                "the server does not know the access key: set patch-storage.s3-access-key and"
                        + " patch-storage.s3-secret-key to a key pair that it knows";
            case "SignatureDoesNotMatch" ->
                "the secret key does not fit the access key: set" + " patch-storage.s3-secret-key";
            case "InvalidToken", "ExpiredToken" -> "check patch-storage.s3-access-key and patch-storage.s3-secret-key";
            case "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException" ->
                "check patch-storage.s3-region";
            case "RequestTimeTooSkewed" -> "the clocks of this machine and of the server differ too much: set them";
            case "AccessDenied", "AllAccessDisabled", "403" ->
                "check patch-storage.s3-access-key and its rights in bucket '" + bucketLocation.bucket()
                        + "' (docs/configuration.md lists them)";
            case "NotImplemented" -> "use a server that can do this";
            default ->
                answer.statusCode() / 100 == 5 ? "try again" : "check the keys of patch-storage that begin with s3-";
        };
    }

    private static String said(AwsServiceException answer) {
        @Nullable AwsErrorDetails details = answer.awsErrorDetails();
        @Nullable String message = details == null ? null : details.errorMessage();
        return "the server answered " + answer.statusCode() + " " + code(answer)
                + (message == null || message.isBlank() ? "" : " (" + message.strip() + ")");
    }

    /** The server's word for it, or its status where it has none, as in the answer to HEAD. */
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
