package io.livepatch.common.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.common.file.DiskSpace.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DiskSpaceIT {
    private static final long GIB = 1L << 30;

    @ParameterizedTest
    @CsvSource({
        // A disk of 20 GiB: low below 1 GiB, full below 102 MiB.
        "20480, 10240, OK",
        "20480, 1024, OK",
        "20480, 1023, LOW",
        "20480, 103, LOW",
        "20480, 102, FULL",
        // A large disk: neither half full nor nearly full is low while more than a GiB is free.
        "10485760, 5242880, OK",
        "10485760, 2048, OK",
        "10485760, 1000, LOW",
        // A small one: a tenth of it, not a GiB.
        "512, 52, OK",
        "512, 50, LOW",
        "512, 5, FULL",
        "512, 0, FULL"
    })
    void levelDependsOnTheSizeAndTheLimit(long mebibytes, long free, Level level) {
        assertThat(new DiskSpace(free << 20, mebibytes << 20).level(GIB)).isEqualTo(level);
    }

    @Test
    void levelIsOkWithoutALimit() {
        assertThat(new DiskSpace(0, GIB).level(0)).isEqualTo(Level.OK);
    }

    @Test
    void textHasReadableUnits() {
        assertThat(new DiskSpace(851_862_323, 20 * GIB)).hasToString("812.4 MiB of 20.0 GiB free");
        assertThat(new DiskSpace(0, 512)).hasToString("0.0 KiB of 0.5 KiB free");
    }

    @Test
    void absentDirectoryIsMeasuredByItsParent(@TempDir Path directory) throws IOException {
        DiskSpace space = DiskSpace.of(directory.resolve("not/yet"));

        assertThat(space.size()).isEqualTo(DiskSpace.of(directory).size()).isPositive();
    }

    @Test
    void fileSystemWithoutBlocksIsAnErrorAndNotAFullDisk() {
        assertThatThrownBy(() -> DiskSpace.of(Path.of("/proc")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/proc");
    }

    /** Prints its measurements; runs in a chroot. */
    static final class Measure {
        private Measure() {}

        public static void main(String[] directory) throws IOException {
            System.out.println(
                    "measured " + (DiskSpace.of(Path.of(directory[0])).size() > 0));
            try {
                System.out.println("file store " + Files.getFileStore(Path.of(directory[0])));
            } catch (IOException e) {
                System.out.println("file store: " + e.getMessage());
            }
        }
    }

    /**
     * In a chroot whose root is a plain directory, {@code Files.getFileStore} finds no mount point. The chroot has the directories of the
     * host that a Java program needs, each bind-mounted, but no mount at its root; user and mount namespaces make that possible without
     * root.
     */
    @Test
    void worksInAChrootWhoseRootIsNoMountPoint(@TempDir Path root) throws Exception {
        String script = """
                set -e
                for d in /usr /lib /lib64 /bin /proc /dev /etc "$JAVA" $CLASSES; do
                    [ -e "$d" ] || continue
                    if [ -d "$d" ]; then mkdir -p "$ROOT$d"; mount --rbind "$d" "$ROOT$d"; fi
                done
                mkdir -p "$ROOT/data"
                exec chroot "$ROOT" "$JAVA/bin/java" -Xmx64m -cp "$CP" "$MAIN" /data
                """;
        ProcessBuilder builder = new ProcessBuilder("unshare", "--map-root-user", "--mount", "sh", "-c", script)
                .redirectErrorStream(true);
        Path classes = Path.of(DiskSpace.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Path tests = Path.of(DiskSpaceIT.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        builder.environment().put("ROOT", root.toString());
        builder.environment().put("JAVA", System.getProperty("java.home"));
        builder.environment().put("CLASSES", directory(classes) + " " + directory(tests));
        builder.environment().put("CP", classes + ":" + tests);
        builder.environment().put("MAIN", Measure.class.getName());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(output).contains("measured true", "file store: Mount point not found");
    }

    private static Path directory(Path jarOrClasses) {
        return Files.isDirectory(jarOrClasses) ? jarOrClasses : jarOrClasses.getParent();
    }
}
