package io.livepatch.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file that is open when its path is replaced at the same time. */
final class FileContentTest {
    private static final byte[] OLD = Patches.bytes(1000, 1);
    private static final byte[] NEW = Patches.bytes(1000, 2);

    @TempDir
    Path directory;

    private Path path;
    private final List<FileChannel> opened = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        path = Files.write(directory.resolve("file"), OLD);
    }

    private FileChannel open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        opened.add(channel);
        return channel;
    }

    private void replace() throws IOException {
        Path other = Files.write(directory.resolve("other"), NEW);
        Files.move(other, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private FileContent content(FileContent.Opener opener) throws IOException {
        return FileContent.open(Patches.name(1), path, Sha256.of(NEW), opener);
    }

    private static byte[] bytes(FileContent content) throws IOException {
        try (InputStream bytes = content.read(0, content.patch().size())) {
            return bytes.readAllBytes();
        }
    }

    @Test
    void keyIsThatOfTheOpenFile() throws IOException {
        try (FileContent content = content(this::open)) {
            assertThat(content.fileKey()).isEqualTo(FileVersion.of(path).key());

            replace();

            assertThat(content.fileKey()).isNotEqualTo(FileVersion.of(path).key());
            assertThat(bytes(content)).isEqualTo(OLD);
        }
    }

    @Test
    void fileReplacedJustBeforeOpenIsOpenedAgain() throws IOException {
        FileContent.Opener opener = file -> {
            if (opened.isEmpty()) {
                replace();
            }
            return open(file);
        };

        try (FileContent content = content(opener)) {
            assertThat(bytes(content)).isEqualTo(NEW);
            assertThat(content.fileKey()).isEqualTo(FileVersion.of(path).key());
        }
        assertThat(opened).hasSize(2);
        assertThatThrownBy(opened.getFirst()::size).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void fileReplacedJustAfterOpenIsOpenedAgain() throws IOException {
        FileContent.Opener opener = file -> {
            FileChannel channel = open(file);
            if (opened.size() == 1) {
                replace();
            }
            return channel;
        };

        try (FileContent content = content(opener)) {
            assertThat(bytes(content)).isEqualTo(NEW);
            assertThat(content.fileKey()).isEqualTo(FileVersion.of(path).key());
        }
    }

    @Test
    void fileDeletedJustAfterOpenIsNotFound() {
        assertThatThrownBy(() -> content(file -> {
                    FileChannel channel = open(file);
                    Files.delete(file);
                    return channel;
                }))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(opened.getFirst()::size).isInstanceOf(ClosedChannelException.class);
    }
}
