package io.livepatch.charm.haproxy;

import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates out of PEM text and looks at them. Pure. */
final class Certificates {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----");
    private static final int DNS = 2;
    private static final int IP = 7;

    private Certificates() {}

    /** In the order in which they stand; none if there is none, or if one of them cannot be read. */
    static List<X509Certificate> ofPem(String pem) {
        List<X509Certificate> all = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(pem);
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            while (matcher.find()) {
                if (factory.generateCertificate(
                                new ByteArrayInputStream(matcher.group().getBytes(StandardCharsets.US_ASCII)))
                        instanceof X509Certificate certificate) {
                    all.add(certificate);
                }
            }
            return all;
        } catch (CertificateException e) {
            return List.of();
        }
    }

    static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded()).strip();
        } catch (CertificateException e) {
            throw new IllegalStateException("a certificate that was read cannot be written", e);
        }
    }

    /**
     * One PEM block with a newline at its end.
     *
     * @param label of its first and last line, such as {@code CERTIFICATE}
     */
    static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /** SHA-1 as haproxy names a certificate that it has loaded: capitals, no colons. Not for security. */
    static String sha1(X509Certificate certificate) {
        return digest("SHA-1", certificate).toUpperCase(Locale.ROOT);
    }

    static String sha256(X509Certificate certificate) {
        return digest("SHA-256", certificate);
    }

    private static String digest(String algorithm, X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException | CertificateException e) {
            throw new IllegalStateException("a certificate that was read cannot be digested", e);
        }
    }

    static Instant notAfter(X509Certificate certificate) {
        return certificate.getNotAfter().toInstant();
    }

    static Instant notBefore(X509Certificate certificate) {
        return certificate.getNotBefore().toInstant();
    }

    /** Whether a client that asked for this host name or address would accept it. */
    static boolean covers(X509Certificate certificate, String host) {
        return names(certificate).stream()
                .anyMatch(name -> name.startsWith("IP:")
                        ? sameAddress(name.substring(3), host)
                        : sameName(name.substring(4).toLowerCase(Locale.ROOT), host.toLowerCase(Locale.ROOT)));
    }

    private static boolean sameAddress(String one, String other) {
        try {
            return InetAddress.ofLiteral(one).equals(InetAddress.ofLiteral(other));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A wildcard stands for one whole label, the first. */
    private static boolean sameName(String pattern, String name) {
        int dot = name.indexOf('.');
        return pattern.equals(name)
                || (pattern.startsWith("*.") && dot > 0 && pattern.substring(1).equals(name.substring(dot)));
    }

    static boolean issuedBy(X509Certificate leaf, X509Certificate authority) {
        try {
            leaf.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Its names as openssl writes them: {@code DNS:localhost}, {@code IP:127.0.0.1}. */
    static Set<String> names(X509Certificate certificate) {
        Set<String> names = new HashSet<>();
        try {
            if (certificate.getSubjectAlternativeNames() != null) {
                for (List<?> entry : certificate.getSubjectAlternativeNames()) {
                    if (entry.get(0).equals(DNS) || entry.get(0).equals(IP)) {
                        names.add((entry.get(0).equals(DNS) ? "DNS:" : "IP:") + entry.get(1));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            return Set.of();
        }
        return names;
    }
}
