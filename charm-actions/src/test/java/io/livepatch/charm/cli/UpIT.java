package io.livepatch.charm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.exec.ExternalProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The deployment by {@code scripts/up --store}; {@code scripts/juju} is replaced by a script that records its arguments. */
class UpIT {
    private static final String OVERLAY = "target/release/bundles/s3.yaml";

    @TempDir
    private Path root;

    @BeforeEach
    void copy() throws IOException {
        Path checkout = Path.of("..");
        Files.createDirectories(root.resolve("scripts"));
        Files.createDirectories(root.resolve("target/release/bundles"));
        Files.createDirectories(root.resolve("home"));
        Files.createDirectories(root.resolve("tmp"));
        for (String file : new String[] {"scripts/up", "scripts/lib.sh"}) {
            Files.copy(checkout.resolve(file), root.resolve(file));
        }
        for (String file : new String[] {"s3.yaml", "postgres.yaml"}) {
            Files.copy(
                    checkout.resolve("charm-actions/bundles").resolve(file),
                    root.resolve("target/release/bundles").resolve(file));
        }
        script("""
                printf '%s\\n' "$*" >>"$ROOT/asked"
                case $1 in
                  config) cat "$ROOT/store" ;;
                  deploy)
                    env >"$ROOT/environment"
                    cp "${!#}" "$ROOT/last-overlay"
                    ;;
                  refresh) ;;
                  *) exit 7 ;;
                esac
                """);
    }

    private void script(String text) throws IOException {
        Path juju = root.resolve("scripts/juju");
        Files.writeString(juju, "#!/usr/bin/env bash\nROOT=" + root + "\n" + text);
        Files.setPosixFilePermissions(juju, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private ExternalProgram.Output up(Map<String, String> environment, String store) {
        ExternalProgram up = ExternalProgram.of(
                        root.resolve("scripts/up").toString(), "--no-build", "--no-proof", "--store", store)
                .withEnvironment("LIVEPATCH_HOME", root.resolve("home").toString())
                .withEnvironment("TMPDIR", root.resolve("tmp").toString());
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            up = up.withEnvironment(variable.getKey(), variable.getValue());
        }
        return up.run();
    }

    private String content(String name) throws IOException {
        return Files.readString(root.resolve(name));
    }

    @Test
    void postgresIsAnOverlay() throws IOException {
        up(Map.of(), "postgres");

        assertThat(content("asked"))
                .startsWith("deploy livepatch --overlay " + root
                        + "/target/release/bundles/postgres.yaml\nrefresh\nwait-for");
    }

    @Test
    void keysOfOnesOwnGoThroughAFileThatIsGoneAfterwards() throws IOException {
        up(
                Map.of(
                        "LIVEPATCH_S3_ENDPOINT", "https://s3.example.com",
                        "LIVEPATCH_S3_ACCESS_KEY", "someone",
                        "LIVEPATCH_S3_SECRET_KEY", "it's #1"),
                "s3");

        assertThat(content("asked")).startsWith("deploy livepatch --overlay " + root + "/" + OVERLAY + " --overlay ");
        assertThat(content("asked") + content("environment"))
                .doesNotContain("it's #1")
                .doesNotContain("someone");
        assertThat(BundleFile.read(root.resolve("last-overlay")).applications().values())
                .singleElement()
                .satisfies(entry -> assertThat(entry.options())
                        .isEqualTo(Map.of(
                                "patch-storage.s3-endpoint", "https://s3.example.com",
                                "patch-storage.s3-access-key", "someone",
                                "patch-storage.s3-secret-key", "it's #1")));
        assertThat(root.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void theEndpointForTryingHasToAnswer() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            Files.writeString(root.resolve(OVERLAY), content(OVERLAY).replace(":9000", ":" + server.getLocalPort()));
            up(Map.of(), "s3");
            assertThat(content("asked")).startsWith("deploy livepatch --overlay ");
        }
        ExternalProgram.Output refused = up(Map.of(), "s3");

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.stderr())
                .contains("nothing answers at http://127.0.0.1:")
                .contains("scripts/s3-server");
    }

    @Test
    void sharedPatchesDoNotLimitUnits() throws IOException {
        Files.createFile(root.resolve("home/model.json"));
        Files.writeString(root.resolve("store"), "filesystem\n");
        ExternalProgram.Output refused = up(Map.of(), "postgres");

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.stderr())
                .contains("patches are kept in filesystem")
                .contains("\n  scripts/juju run livepatch/leader storage-migrate to=postgres\n")
                .contains("\n  scripts/juju config livepatch patch-storage.type=postgres\n");
        assertThat(content("asked")).doesNotContain("deploy");

        up(Map.of(), "filesystem");
        assertThat(content("asked")).contains("deploy livepatch\n");
    }

    @Test
    void anUnknownStoreIsRefused() {
        assertThat(up(Map.of(), "swift").stderr()).contains("--store takes filesystem, postgres or s3");
    }
}
