package io.livepatch.supervisor.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.LogSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("logs/unit.log");
    }

    private LogFile open(int keep) {
        return new LogFile(new LogSpec(file(), 1024, keep), 0, new LongAdder());
    }

    private static void write(LogFile log, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        log.out(bytes, bytes.length);
    }

    @Test
    void rotationKeepsLinesWholeForAnyChunks() throws IOException {
        StringBuilder all = new StringBuilder();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 500; i++) {
            all.append(i).append(' ').append("x".repeat(random.nextInt(300))).append('\n');
        }
        try (LogFile log = open(1000)) {
            int from = 0;
            while (from < all.length()) {
                int to = Math.min(all.length(), from + 1 + random.nextInt(700));
                write(log, all.substring(from, to));
                from = to;
            }
        }
        StringBuilder found = new StringBuilder();
        List<Path> files;
        try (var listed = Files.list(file().getParent())) {
            files = listed.sorted(
                            java.util.Comparator.comparingInt(LogFileTest::age).reversed())
                    .toList();
        }
        assertThat(files).hasSizeGreaterThan(50);
        for (Path each : files) {
            String text = Files.readString(each);
            assertThat(text).endsWith("\n").matches("(?s)\\d+ .*");
            // A line that is written in several chunks stays whole and may exceed the size of a file.
            assertThat(text.length()).isLessThan(1024 + 310);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                    .isEqualTo("rw-------");
            found.append(text);
        }
        assertThat(found).hasToString(all.toString());
    }

    private static int age(Path path) {
        String suffix = path.toString().replaceFirst(".*\\.log\\.?", "");
        return suffix.isEmpty() ? 0 : Integer.parseInt(suffix);
    }

    @Test
    void oldFilesAboveTheNumberToKeepAreDeleted() throws IOException {
        try (LogFile log = open(2)) {
            for (int i = 0; i < 100; i++) {
                write(log, "x".repeat(600) + "\n");
            }
        }
        try (var files = Files.list(file().getParent())) {
            assertThat(files.map(it -> it.getFileName().toString()))
                    .containsExactlyInAnyOrder("unit.log", "unit.log.1", "unit.log.2");
        }
    }

    @Test
    void outputWithoutNewlinesIsRotatedToo() throws IOException {
        try (LogFile log = open(1)) {
            for (int i = 0; i < 100; i++) {
                write(log, "x".repeat(1000));
            }
        }
        try (var files = Files.list(file().getParent())) {
            assertThat(files)
                    .hasSizeLessThanOrEqualTo(2)
                    .allSatisfy(it -> assertThat(Files.size(it)).isLessThanOrEqualTo(2048));
        }
    }

    @Test
    void aReopenedFileIsAppendedTo() throws IOException {
        try (LogFile log = open(1)) {
            write(log, "one\n");
        }
        try (LogFile log = open(1)) {
            write(log, "two\n");
        }
        assertThat(file()).hasContent("one\ntwo\n");
    }

    @Test
    void aLossIsReportedInTheFileWhenTheDiskHasRoomAgain() throws IOException {
        Files.createDirectories(file().getParent());
        Files.createSymbolicLink(file(), Path.of("/dev/full"));
        try (LogFile log = open(1)) {
            write(log, "lost\n");
            write(log, "lost too\n");
            Files.delete(file());
            write(log, "kept\n");
        }
        assertThat(file())
                .hasContent("[supervisor] 14 bytes of output were dropped here: No space left on device\nkept\n");
    }
}
