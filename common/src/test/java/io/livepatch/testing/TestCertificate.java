package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.net.CaBundle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A self-signed P-256 certificate from openssl.
 *
 * @param both certificate and key, as haproxy requires them
 * @param keyStore certificate and key as PKCS #12, with the password {@link #PASSWORD}
 */
public record TestCertificate(String pem, Path both, Path keyStore, SSLContext server) {
    public static final String PASSWORD = "changeit";

    /**
     * Creates a certificate for these names, like {@code DNS:localhost,IP:127.0.0.1}. It is a CA.
     *
     * @param more arguments of {@code openssl req -x509}
     */
    public static TestCertificate of(Path directory, String names, String... more)
            throws IOException, GeneralSecurityException {
        Path made = Files.createTempDirectory(directory, "certificate");
        List<String> request = new ArrayList<>(List.of(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test",
                "-addext",
                "subjectAltName=" + names,
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem"));
        request.addAll(List.of(more));
        openssl(made, request);
        openssl(
                made,
                List.of(
                        "pkcs12",
                        "-export",
                        "-inkey",
                        "key.pem",
                        "-in",
                        "cert.pem",
                        "-out",
                        "both.p12",
                        "-passout",
                        "pass:" + PASSWORD));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        Path keyStore = made.resolve("both.p12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        String pem = Files.readString(made.resolve("cert.pem"));
        Path both = Files.writeString(made.resolve("both.pem"), pem + Files.readString(made.resolve("key.pem")));
        return new TestCertificate(pem, both, keyStore, context);
    }

    /** The TLS context of a client that trusts this certificate only. */
    public SSLContext trust() {
        return CaBundle.parse(pem).sslContext();
    }

    private static void openssl(Path directory, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(command + ": " + printed);
        }
    }
}
