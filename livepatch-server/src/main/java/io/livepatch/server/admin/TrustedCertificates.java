package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A TLS context that believes an operator's authorities only. Host names are still checked by the HTTP client. */
final class TrustedCertificates {
    private static final String BEGIN = "-----BEGIN CERTIFICATE-----";

    private TrustedCertificates() {}

    /** Of PEM text, or of a file that holds it. */
    static SSLContext context(String fileOrPem) {
        try {
            String pem = fileOrPem.contains(BEGIN) ? fileOrPem : Files.readString(Path.of(fileOrPem), US_ASCII);
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(US_ASCII)))) {
                trusted.setCertificateEntry("ca-" + number++, certificate);
            }
            if (number == 0) {
                throw AdminException.usage(
                        "no certificate in the CA that was given, expected PEM text or a file of it");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw AdminException.usage(
                    "cannot read the CA that was given (%s), expected PEM text or a file of it".formatted(e));
        }
    }
}
