package io.livepatch.common.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path directory;

    private Path file;
    private Path temporary;

    @BeforeEach
    void name() {
        file = directory.resolve("file");
        temporary = directory.resolve("file.tmp");
    }

    @Test
    void theContentIsReplacedWithItsMode() throws IOException {
        Files.writeString(file, "old");
        Files.writeString(temporary, "left by a process that was killed");

        AtomicFile.write(file, temporary, out -> out.write('n'), AtomicFile.PRIVATE);

        assertThat(file).hasContent("n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(directory).isDirectoryNotContaining(temporary::equals);
    }

    @Test
    void aFailureKeepsTheOldContentAndLeavesNothing() throws IOException {
        Files.writeString(file, "old");

        assertThatThrownBy(() -> AtomicFile.write(file, temporary, out -> {
                    out.write('n');
                    throw new IOException("disk full");
                }))
                .hasMessage("disk full");

        assertThat(file).hasContent("old");
        assertThat(temporary).doesNotExist();
    }

    @Test
    void anAbsentDirectoryIsAnError() {
        Path absent = directory.resolve("absent/file");
        assertThatThrownBy(() -> AtomicFile.write(absent, absent.resolveSibling("t"), out -> {}))
                .isInstanceOf(IOException.class);
    }

    @Test
    void digestsAreThoseOfTheStandard() throws IOException {
        String abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assertThat(Digests.hex(Files.writeString(file, "abc"))).isEqualTo(abc);
        assertThat(Digests.sha256("abc")).asHexString().isEqualToIgnoringCase(abc);
    }
}
