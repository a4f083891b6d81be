package io.livepatch.common.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaBundleTest {
    @TempDir
    private Path directory;

    private String certificate() throws IOException, GeneralSecurityException {
        return TestCertificate.of(directory, "DNS:localhost").pem();
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
        String pem = "an authority of Zürich\n" + certificate() + "\n# another\n" + certificate();
        Path file = Files.writeString(directory.resolve("ca.pem"), pem);

        assertThat(issuers(CaBundle.read(file))).containsExactly("CN=test", "CN=test");
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
        assertThatThrownBy(() -> CaBundle.parse(certificate() + key))
                .hasMessageContaining("private key")
                .hasMessageNotContaining("c2VjcmV0");
    }
}
