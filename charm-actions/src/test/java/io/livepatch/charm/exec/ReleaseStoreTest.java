package io.livepatch.charm.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseStoreTest {
    private static final FileTime TIME = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

    @TempDir
    private Path directory;

    private ReleaseStore releases = new ReleaseStore(Path.of(""));

    @BeforeEach
    void open() throws IOException {
        releases = new ReleaseStore(directory.toRealPath().resolve("releases"));
    }

    private Path release(String id) throws IOException {
        Path release = directory.resolve("built").resolve(id);
        Files.createDirectories(release.resolve("bin"));
        Files.createDirectories(release.resolve("lib"));
        Files.writeString(release.resolve("RELEASE"), id + "\n");
        Files.writeString(release.resolve("bin/server"), "#!/bin/sh\nsleep 60\n:\n");
        Files.setPosixFilePermissions(release.resolve("bin/server"), PosixFilePermissions.fromString("rwx------"));
        Files.writeString(release.resolve("lib/server.jar"), "jar of " + id);
        Files.setLastModifiedTime(release.resolve("lib/server.jar"), TIME);
        return release;
    }

    private Path install(Path release) {
        try (ReleaseStore.Lease _ = releases.lease()) {
            return releases.install(release);
        }
    }

    @Test
    void aCopyKeepsTimesAndIsReadableByTheUsersOfUnits() throws IOException {
        Path copy = install(release("1"));

        assertThat(copy).isEqualTo(releases.directory("1"));
        assertThat(copy.resolve("lib/server.jar")).hasContent("jar of 1");
        assertThat(Files.getLastModifiedTime(copy.resolve("lib/server.jar"))).isEqualTo(TIME);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("bin/server"))))
                .isEqualTo("rwxr-xr-x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("lib/server.jar"))))
                .isEqualTo("rw-r--r--");
        assertThat(releases.directory("current").toRealPath()).isEqualTo(copy);
        assertThat(install(copy)).as("a command that runs from the copy").isEqualTo(copy);
    }

    @Test
    void cachesAreAddedAndNeverReplaced() throws IOException {
        Path release = release("1");
        Path copy = install(release);
        assertThat(copy.resolve("aot")).doesNotExist();

        Files.createDirectories(release.resolve("aot/training.x"));
        Files.writeString(release.resolve("aot/server.aot"), "first");
        install(release);
        Files.writeString(release.resolve("aot/server.aot"), "second");
        Files.writeString(release.resolve("aot/cli.aot"), "other");
        install(release);

        assertThat(copy.resolve("aot/server.aot")).hasContent("first");
        assertThat(copy.resolve("aot")).isDirectoryNotContaining("glob:**training*");
        assertThat(copy.resolve("aot/cli.aot")).hasContent("other");
    }

    @Test
    void whatACopyThatWasInterruptedLeftIsNoRelease() throws IOException {
        Path release = release("1");
        Files.createDirectories(releases.directory(".1.new"));
        Files.writeString(releases.directory(".1.new").resolve("RELEASE"), "1\n");
        assertThatThrownBy(() -> releases.require("1")).isInstanceOf(CharmException.class);

        install(release);

        releases.require("1");
        assertThat(releases.directory(".1.new")).doesNotExist();
        assertThat(releases.directory("1").resolve("lib/server.jar")).exists();
    }

    @Test
    void aDirectoryWithoutAnIdIsRefused() throws IOException {
        Files.createDirectories(directory.resolve("empty"));

        assertThatThrownBy(() -> install(directory.resolve("empty")))
                .isInstanceOf(CharmException.Invalid.class)
                .hasMessageContaining("is no release");
        assertThatThrownBy(() -> releases.require("../x")).isInstanceOf(CharmException.class);
    }

    @Test
    void aReleaseIsKeptWhileTheModelACommandOrAProcessUsesIt() throws Exception {
        install(release("1"));
        install(release("2"));
        install(release("3"));
        Process worker =
                new ProcessBuilder(releases.directory("1").resolve("bin/server").toString()).start();
        try {
            assertThat(releases.deleteUnused(Set.of("2"))).isEmpty();
            try (ReleaseStore.Lease _ = releases.lease()) {
                assertThat(releases.deleteUnused(Set.of()))
                        .as("a command may be about to use one")
                        .isEmpty();
            }
            assertThat(releases.deleteUnused(Set.of())).containsExactly("2");
        } finally {
            worker.descendants().forEach(ProcessHandle::destroyForcibly);
            worker.destroyForcibly().waitFor();
        }
        assertThat(releases.deleteUnused(Set.of())).containsExactly("1");
        assertThat(releases.directory("1")).doesNotExist();
        assertThat(releases.directory("3")).as("the current one").exists();
    }
}
