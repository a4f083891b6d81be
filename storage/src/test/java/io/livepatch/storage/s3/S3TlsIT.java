package io.livepatch.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.testing.S3Server;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with TLS and a certificate that the system does not trust. */
final class S3TlsIT {
    private static final PatchName NAME = Patches.name(0);

    @TempDir
    private Path directory;

    @Test
    void certificateIsTrustedOnlyIfItsAuthorityIsConfigured() throws Exception {
        TestCertificate testCertificate = TestCertificate.of(directory, "IP:127.0.0.1");
        Path certificate = Files.writeString(directory.resolve("ca.pem"), testCertificate.pem());
        try (S3Server server = S3Server.startSecure(testCertificate.keyStore(), TestCertificate.PASSWORD)) {
            Files.createDirectory(server.data().resolve("patches"));
            StorageConfig.S3 config = server.account().config("patches", "", directory);
            try (PatchStore store = S3PatchStore.open(withAuthorities(config, certificate))) {
                byte[] bytes = Patches.bytes(300_000, 1);
                Patches.put(store, NAME, bytes);
                assertThat(Patches.read(store, NAME)).isEqualTo(bytes);
            }
            try (PatchStore store = S3PatchStore.open(config)) {
                assertThat(store.check().problem())
                        .hasValueSatisfying(problem -> assertThat(problem).contains("patch-storage.s3-ca-file"));
                assertThat(store.check().lasting()).isTrue();
                assertThatThrownBy(() -> store.open(NAME)).isInstanceOf(StoreException.Unavailable.class);
            }
        }
    }

    @Test
    void fileWithoutCertificatesIsRefusedAtOpen() throws IOException {
        StorageConfig.S3 config = S3Server.shared().account().config("patches", "", directory);
        Path empty = Files.createFile(directory.resolve("empty.pem"));
        Path garbage = Files.writeString(directory.resolve("garbage.pem"), "no certificate");

        for (Path file : List.of(empty, garbage, directory.resolve("absent.pem"))) {
            assertThatThrownBy(() -> S3PatchStore.open(withAuthorities(config, file)))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(file.toString(), "patch-storage.s3-ca-file");
        }
    }

    private static StorageConfig.S3 withAuthorities(StorageConfig.S3 config, Path file) {
        return new StorageConfig.S3(
                config.endpoint(),
                config.region(),
                config.bucket(),
                config.prefix(),
                config.pathStyle(),
                config.keys(),
                Optional.of(file),
                config.spool());
    }
}
