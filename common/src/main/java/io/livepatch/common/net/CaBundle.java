package io.livepatch.common.net;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** CA certificates in PEM. A TLS client with them trusts no other CA, not even those of the system. */
public final class CaBundle {
    private static final int MAX_LENGTH = 1 << 20;
    private static final Pattern BEGIN = Pattern.compile("-----BEGIN [A-Z0-9 ]*CERTIFICATE-----");

    private final String pem;
    private final List<Certificate> authorities;

    private CaBundle(String pem, List<Certificate> authorities) {
        this.pem = pem;
        this.authorities = authorities;
    }

    /**
     * Reads one or more certificates.
     *
     * @throws IllegalArgumentException if the text has no certificate, or a PEM block that is not one
     */
    public static CaBundle parse(String pem) {
        if (pem.length() > MAX_LENGTH || !BEGIN.matcher(pem).find()) {
            throw new IllegalArgumentException("no '-----BEGIN CERTIFICATE-----' in the CA bundle, expected PEM text");
        }
        if (pem.contains("PRIVATE KEY-----")) {
            throw new IllegalArgumentException("the CA bundle holds a private key, give certificates only");
        }
        try {
            return new CaBundle(
                    pem,
                    List.copyOf(CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1)))));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "the CA bundle holds a certificate that cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Reads a file of certificates, with any text between them.
     *
     * @throws IllegalArgumentException as {@link #parse} does
     */
    public static CaBundle read(Path file) throws IOException {
        return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
    }

    /** The text that was parsed. */
    public String pem() {
        return pem;
    }

    public TrustManager[] trustManagers() {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (int i = 0; i < authorities.size(); i++) {
                trusted.setCertificateEntry("ca-" + i, authorities.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot trust the CA bundle: " + e.getMessage(), e);
        }
    }

    /** A TLS context for clients, which still verify host names themselves. */
    public SSLContext sslContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a TLS context of the CA bundle: " + e.getMessage(), e);
        }
    }
}
