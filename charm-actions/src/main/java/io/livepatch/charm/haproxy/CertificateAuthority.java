package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.bc.BcX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The certificates of a private authority: its own, and those that it issues for the units of one application. */
final class CertificateAuthority {
    /** The entries of an authority's certificate and key, both PEM. */
    static final String CERTIFICATE = "certificate";

    static final String KEY = "key";
    private static final String CURVE = "secp256r1";
    /** X.520's upper bound of a common name. Clients compare the alternative names only. */
    private static final int MAX_COMMON_NAME = 64;

    /** Random, for unique serial numbers of at most 20 bytes (RFC 5280). */
    private static final int SERIAL_BITS = 159;

    private static final SecureRandom RANDOM = new SecureRandom();

    private CertificateAuthority() {}

    /** Certificate and key of a new authority. */
    static Map<String, String> make(String application, Instant now) {
        X500Name name = name("livepatch CA of " + application + " "
                + UUID.randomUUID().toString().substring(0, 8));
        try {
            KeyPair keys = newKeys();
            X509v3CertificateBuilder builder = builder(
                            name, name, keys.getPublic(), now, now.plus(CertificateLifetime.AUTHORITY_LIFETIME))
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return Map.of(CERTIFICATE, sign(builder, keys.getPublic(), keys.getPrivate()), KEY, pem(keys));
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new CharmException("cannot create the certificate authority: " + e.getMessage(), e);
        }
    }

    /**
     * Issues a certificate for these names.
     *
     * @param authority its certificate and key
     */
    static String issue(Map<String, String> authority, List<String> names, Instant now) {
        X509Certificate issuer = Certificates.ofPem(authority.getOrDefault(CERTIFICATE, "")).stream()
                .findFirst()
                .orElseThrow(() -> new CharmException("the certificate authority cannot be read"));
        PrivateKey issuerKey = PrivateKeyPem.find(authority.getOrDefault(KEY, ""))
                .flatMap(it -> it.keyOf(issuer.getPublicKey()))
                .orElseThrow(() -> new CharmException(
                        "the key of the certificate authority cannot be read, or is not the key of its certificate"));
        Instant end = Certificates.notAfter(issuer);
        if (!now.isBefore(end)) {
            throw new CharmException("the certificate authority has expired on " + CertificateLifetime.day(end));
        }
        try {
            KeyPair keys = newKeys();
            JcaX509CertificateHolder holder = new JcaX509CertificateHolder(issuer);
            X509v3CertificateBuilder builder = builder(
                            holder.getSubject(),
                            name(commonName(names)),
                            keys.getPublic(),
                            now,
                            CertificateLifetime.leafEnd(now, end))
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(
                            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                    .addExtension(Extension.authorityKeyIdentifier, false, keyIdentifier(holder))
                    .addExtension(Extension.subjectAlternativeName, false, alternativeNames(names));
            return sign(builder, issuer.getPublicKey(), issuerKey) + pem(keys);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new CharmException("the certificate authority cannot sign: " + e.getMessage(), e);
        }
    }

    private static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(CURVE));
        return generator.generateKeyPair();
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey key, Instant now, Instant end) throws IOException {
        SubjectPublicKeyInfo subjectKey = SubjectPublicKeyInfo.getInstance(key.getEncoded());
        return new X509v3CertificateBuilder(
                        issuer,
                        new BigInteger(SERIAL_BITS, RANDOM).max(BigInteger.ONE),
                        Date.from(now.minus(CertificateLifetime.CLOCK_SKEW)),
                        Date.from(end),
                        subject,
                        subjectKey)
                .addExtension(
                        Extension.subjectKeyIdentifier,
                        false,
                        new BcX509ExtensionUtils().createSubjectKeyIdentifier(subjectKey));
    }

    /** Only the key identifier: with issuer and serial number as well a renewed authority would not be recognised. */
    private static AuthorityKeyIdentifier keyIdentifier(JcaX509CertificateHolder issuer) {
        return new AuthorityKeyIdentifier(
                new BcX509ExtensionUtils().createAuthorityKeyIdentifier(issuer).getKeyIdentifierOctets());
    }

    private static String sign(X509v3CertificateBuilder builder, PublicKey signerPublic, PrivateKey signer)
            throws IOException, OperatorCreationException {
        String algorithm =
                "SHA256with" + (signerPublic.getAlgorithm().equals("EC") ? "ECDSA" : signerPublic.getAlgorithm());
        return Certificates.pem(
                "CERTIFICATE",
                builder.build(new JcaContentSignerBuilder(algorithm).build(signer))
                        .getEncoded());
    }

    /** PKCS #8 with the public key in it, as openssl writes it; Java's own encoding leaves it out. */
    private static String pem(KeyPair keys) throws IOException {
        SubjectPublicKeyInfo subjectKey =
                SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded());
        ECPrivateKey key = (ECPrivateKey) keys.getPrivate();
        return Certificates.pem(
                "PRIVATE KEY",
                new PrivateKeyInfo(
                                subjectKey.getAlgorithm(),
                                new org.bouncycastle.asn1.sec.ECPrivateKey(
                                        key.getParams().getOrder().bitLength(),
                                        key.getS(),
                                        subjectKey.getPublicKeyData(),
                                        null))
                        .getEncoded());
    }

    private static String commonName(List<String> names) {
        return names.stream()
                .map(name -> name.substring(name.indexOf(':') + 1))
                .filter(name -> name.length() <= MAX_COMMON_NAME)
                .findFirst()
                .orElse("livepatch");
    }

    private static X500Name name(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, commonName)
                .build();
    }

    private static GeneralNames alternativeNames(List<String> names) {
        return new GeneralNames(names.stream()
                .map(name -> new GeneralName(
                        name.startsWith("IP:") ? GeneralName.iPAddress : GeneralName.dNSName,
                        name.substring(name.indexOf(':') + 1)))
                .toArray(GeneralName[]::new));
    }
}
