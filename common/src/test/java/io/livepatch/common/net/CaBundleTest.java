package io.livepatch.common.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaBundleTest {
    @TempDir
    private Path directory;

    private String certificate(String name) throws IOException, InterruptedException {
        String keyStore = directory.resolve(name + ".p12").toString();
        keytool(keyStore, "-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=" + name);
        return keytool(keyStore, "-exportcert", "-alias", "a", "-rfc");
    }

    private static String keytool(String keyStore, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", keyStore, "-storepass", "changeit"));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static List<String> issuers(CaBundle bundle) {
        X509TrustManager manager = (X509TrustManager) bundle.trustManagers()[0];
        return List.of(manager.getAcceptedIssuers()).stream()
                .map(certificate -> certificate.getSubjectX500Principal().getName())
                .sorted()
                .toList();
    }

    @Test
    void certificatesOfAFileAreTrustedAndNoOthers() throws Exception {
        String pem = "an authority of Zürich\n" + certificate("one") + "\n# another\n" + certificate("two");
        Path file = Files.writeString(directory.resolve("ca.pem"), pem);

        assertThat(issuers(CaBundle.read(file))).containsExactly("CN=one", "CN=two");
        assertThat(CaBundle.parse(pem).pem()).isEqualTo(pem);
        assertThat(CaBundle.parse(pem).sslContext().getProtocol()).isEqualTo("TLS");
    }

    @Test
    void textThatIsNoBundleIsRefused() {
        assertThatThrownBy(() -> CaBundle.parse("hello")).hasMessageContaining("BEGIN CERTIFICATE");
        assertThatThrownBy(() -> CaBundle.parse("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CaBundle.read(directory.resolve("absent"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aPrivateKeyIsRefusedAndNotQuoted() throws Exception {
        String key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        assertThatThrownBy(() -> CaBundle.parse(certificate("one") + key))
                .hasMessageContaining("private key")
                .hasMessageNotContaining("c2VjcmV0");
    }
}
