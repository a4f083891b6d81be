package io.livepatch.charm.testing;

import io.livepatch.charm.exec.ExternalProgram;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate and its key, made by openssl. */
public record CertificatePair(String certificate, String key) {

    /** For {@code DNS:localhost}, an EC key, signed by itself and no authority. */
    public static CertificatePair selfSigned(Path directory, String name, Duration lifetime) {
        return make(directory, name, "EC", List.of("-days", String.valueOf(lifetime.toDays())));
    }

    /**
     * Signed by itself.
     *
     * @param algorithm EC, ED25519, RSA or RSA:bits
     * @param more arguments of {@code openssl req -x509}
     */
    public static CertificatePair make(Path directory, String name, String algorithm, List<String> more) {
        Path key = directory.resolve(name + ".key");
        Path crt = directory.resolve(name + ".crt");
        List<String> generate = new ArrayList<>(List.of("openssl", "genpkey", "-out", key.toString(), "-algorithm"));
        if (algorithm.equals("EC")) {
            generate.addAll(List.of("EC", "-pkeyopt", "ec_paramgen_curve:P-256"));
        } else if (algorithm.startsWith("RSA:")) {
            generate.addAll(List.of("RSA", "-pkeyopt", "rsa_keygen_bits:" + algorithm.substring(4)));
        } else {
            generate.add(algorithm);
        }
        ExternalProgram.of(generate).runOrThrow();
        List<String> sign = new ArrayList<>(List.of(
                "openssl",
                "req",
                "-x509",
                "-new",
                "-key",
                key.toString(),
                "-out",
                crt.toString(),
                "-subj",
                "/CN=" + name));
        if (!more.contains("-addext")) {
            sign.addAll(List.of(
                    "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=DNS:localhost"));
        }
        sign.addAll(more);
        ExternalProgram.of(sign).runOrThrow();
        return new CertificatePair(read(crt), read(key));
    }

    /** A certificate that is signed by itself with an EC key, made without openssl for tests that start no process. */
    public static X509Certificate certificate(String name, Duration lifetime) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            KeyPair keys = generator.generateKeyPair();
            Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            X500Name subject = new X500Name("CN=" + name);
            return new JcaX509CertificateConverter()
                    .getCertificate(new JcaX509v3CertificateBuilder(
                                    subject,
                                    new BigInteger(64, new SecureRandom()),
                                    Date.from(begin),
                                    Date.from(begin.plus(lifetime)),
                                    subject,
                                    keys.getPublic())
                            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String pem() {
        return certificate + key;
    }

    public X509Certificate leaf() {
        return certificates().getFirst();
    }

    /** All in the certificate's text, which may have a key at its end. */
    public List<X509Certificate> certificates() {
        String text = certificate.replaceFirst("(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*", "");
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (CertificateException e) {
            throw new AssertionError(e);
        }
    }
}
