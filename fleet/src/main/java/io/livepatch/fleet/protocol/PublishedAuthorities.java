package io.livepatch.fleet.protocol;

import io.livepatch.common.net.CaBundle;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509TrustManager;

/**
 * Checks the CA certificates that a server publishes for its machines. Only a server that the machine trusts already may add one, so they
 * are accepted over TLS only, and only if one of them is the CA of that connection: a mistaken answer cannot lock the machine out.
 */
final class PublishedAuthorities {
    private static final int MAX_CERTIFICATES = 8;
    /** Index of keyCertSign in {@link X509Certificate#getKeyUsage}. */
    private static final int SIGNS_CERTIFICATES = 5;
    /** In TLS 1.3 the authentication does not follow from the cipher suite. */
    private static final String ANY_AUTHENTICATION = "UNKNOWN";

    private PublishedAuthorities() {}

    /**
     * The certificates of an answer.
     *
     * @throws IllegalArgumentException if the machine must not trust them
     */
    static CaBundle of(HttpResponse<byte[]> answer, Instant now) {
        X509Certificate[] shown = answer.sslSession()
                .map(PublishedAuthorities::chain)
                .orElseThrow(() -> new IllegalArgumentException("the connection is not encrypted"));
        CaBundle bundle = CaBundle.parse(new String(answer.body(), StandardCharsets.US_ASCII));
        X509TrustManager manager = (X509TrustManager) bundle.trustManagers()[0];
        X509Certificate[] authorities = manager.getAcceptedIssuers();
        if (authorities.length > MAX_CERTIFICATES) {
            throw new IllegalArgumentException(
                    "it has " + authorities.length + " certificates, expected at most " + MAX_CERTIFICATES);
        }
        for (X509Certificate authority : authorities) {
            problem(authority, now).ifPresent(problem -> {
                throw new IllegalArgumentException("certificate '"
                        + InputSyntax.quotable(
                                authority.getSubjectX500Principal().getName(), 100) + "' " + problem);
            });
        }
        try {
            manager.checkServerTrusted(shown, ANY_AUTHENTICATION);
        } catch (CertificateException e) {
            throw new IllegalArgumentException("none of its certificates is the CA of this connection", e);
        }
        return bundle;
    }

    private static X509Certificate[] chain(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return Stream.of(chain).map(X509Certificate.class::cast).toArray(X509Certificate[]::new);
        } catch (SSLPeerUnverifiedException e) {
            throw new IllegalArgumentException("the server of the connection was not verified", e);
        }
    }

    private static Optional<String> problem(X509Certificate authority, Instant now) {
        boolean[] uses = authority.getKeyUsage();
        if (authority.getBasicConstraints() < 0 || (uses != null && !uses[SIGNS_CERTIFICATES])) {
            return Optional.of("is no CA");
        }
        Instant end = authority.getNotAfter().toInstant();
        return now.isBefore(end) ? Optional.empty() : Optional.of("has expired on " + end);
    }
}
