package io.livepatch.charm.exec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.common.file.DiskSpace;
import io.livepatch.testing.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnitDiskIT {
    @TempDir
    Path directory;

    /** Prints the statuses of a unit while its disk is filled step by step; runs in its own mount namespace. */
    static final class OnTmpfs {
        private OnTmpfs() {}

        public static void main(String[] arguments) throws IOException {
            Path disk = Path.of(arguments[0]);
            show(disk, UnitStatus.active("Primary"));
            Files.writeString(disk.resolve("model.json"), "before");
            Files.write(disk.resolve("a"), new byte[(15 << 20) - 4096]);
            show(disk, UnitStatus.active("Primary"));
            fill(disk.resolve("b"));
            show(disk, UnitStatus.active("Primary"));
            write(disk);
            show(disk, UnitStatus.error("PostgreSQL does not stay up: it ended"));
        }

        private static void write(Path disk) throws IOException {
            try {
                PrivateFile.write(disk.resolve("model.json"), "x".repeat(100_000));
            } catch (CharmException e) {
                System.out.println(e.getMessage());
            }
            try (var files = Files.list(disk)) {
                System.out.println(files.map(Path::getFileName).sorted().toList());
            }
        }

        private static void fill(Path file) throws IOException {
            try (var out = Files.newOutputStream(file)) {
                while (true) {
                    out.write(new byte[4096]);
                }
            } catch (IOException e) {
                // Full, as wanted.
            }
        }

        private static void show(Path disk, UnitStatus status) {
            System.out.println(DiskSpaceWarning.watch()
                    .of("database", disk.resolve("data"))
                    .of("log", disk)
                    .measure()
                    .addTo(status));
        }
    }

    @Test
    void aDiskThatFillsUpIsFirstAWarningAndThenBlocked() throws Exception {
        String script = "mount -t tmpfs -o size=16m none '" + directory + "' && exec \"$@\"";
        List<String> command =
                new ArrayList<>(List.of("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"));
        command.addAll(JavaCommand.testProgram(OnTmpfs.class, "-Xmx64m"));
        command.add(directory.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();

        String places = "database '" + directory + "/data', log '" + directory + "'";
        assertThat(lines)
                .containsExactly(
                        "active: Primary",
                        "active: disk space is low (1.0 MiB of 16.0 MiB free): " + places + "; Primary",
                        "blocked: disk is full, free some room (0.0 KiB of 16.0 MiB free): " + places + "; Primary",
                        "cannot write '" + directory
                                + "/model.json': No space left on device; disk is full, free some room"
                                + " (0.0 KiB of 16.0 MiB free): it is on '" + directory
                                + "'; what was there before is kept",
                        "[a, b, model.json]",
                        "error: disk is full, free some room (0.0 KiB of 16.0 MiB free): " + places
                                + "; PostgreSQL does not stay up: it ended");
    }

    @Test
    void neitherASmallDiskNorALargeOneWarnsWithoutNeed() {
        long gib = 1L << 30;
        assertThat(new DiskSpace(2 * gib, 20 * gib).level(gib)).isEqualTo(DiskSpace.Level.OK);
        assertThat(new DiskSpace(gib - 1, 20 * gib).level(gib)).isNotEqualTo(DiskSpace.Level.OK);
        assertThat(new DiskSpace(gib - 1, 20 * gib).level(gib)).isNotEqualTo(DiskSpace.Level.FULL);
        assertThat(new DiskSpace(gib / 11, 20 * gib).level(gib)).isEqualTo(DiskSpace.Level.FULL);
        assertThat(new DiskSpace(5000 * gib, 10_000 * gib).level(gib)).isEqualTo(DiskSpace.Level.OK);
        assertThat(new DiskSpace(gib / 4, gib).level(gib)).isEqualTo(DiskSpace.Level.OK);
        assertThat(new DiskSpace(0, 20 * gib).level(0)).isEqualTo(DiskSpace.Level.OK);
    }

    @Test
    void aHangingFileSystemDelaysOneCallAndIsMeasuredAgainWhenItAnswers() {
        CountDownLatch answers = new CountDownLatch(1);
        Function<Path, DiskSpace> hangs = _ -> {
            try {
                answers.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new DiskSpace(1, 2);
        };
        assertThat(DiskSpaceWarning.measured(directory, hangs)).isEmpty();
        // 50 waits would take 25 s.
        assertTimeout(Duration.ofSeconds(10), () -> {
            for (int i = 0; i < 50; i++) {
                assertThat(DiskSpaceWarning.measured(directory, hangs)).isEmpty();
            }
        });

        answers.countDown();
        await("it answers")
                .until(() -> DiskSpaceWarning.measured(directory, hangs).isPresent());
    }

    @Test
    void aFileSystemWithoutASizeGivesNoWarning() {
        assertThat(DiskSpaceWarning.watch().of("odd", Path.of("/proc")).problem())
                .isEmpty();
    }
}
