package io.livepatch.fleet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate authorities of an operator, and nobody else's: with a bundle the system's authorities count for nothing. */
public final class CaBundle {
    private static final int MAX_LENGTH = 1 << 20;

    private final String pem;
    private final List<Certificate> authorities;

    private CaBundle(String pem, List<Certificate> authorities) {
        this.pem = pem;
        this.authorities = authorities;
    }

    /**
     * Reads one or more certificates in PEM.
     *
     * @throws IllegalArgumentException if there is none, or anything between BEGIN and END is not one
     */
    public static CaBundle parse(String pem) {
        if (pem.length() > MAX_LENGTH || !pem.contains("-----BEGIN CERTIFICATE-----")) {
            throw new IllegalArgumentException("no '-----BEGIN CERTIFICATE-----' in the CA bundle, expected PEM text");
        }
        if (pem.contains("PRIVATE KEY-----")) {
            throw new IllegalArgumentException("the CA bundle holds a private key, give certificates only");
        }
        try {
            Collection<? extends Certificate> read = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(US_ASCII)));
            return new CaBundle(pem, List.copyOf(read));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "the CA bundle holds a certificate that cannot be read: " + e.getMessage(), e);
        }
    }

    /** The text it was read from. */
    public String pem() {
        return pem;
    }

    /** A TLS context that believes these authorities only; host names are still checked by the HTTP client. */
    public SSLContext sslContext() {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (int i = 0; i < authorities.size(); i++) {
                trusted.setCertificateEntry("ca-" + i, authorities.get(i));
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot make a TLS context of the CA bundle: " + e.getMessage(), e);
        }
    }
}
