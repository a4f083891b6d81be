package io.livepatch.charm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.common.file.Digests;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The releases that {@code scripts/dist} makes, of modules whose jars are text files, and how programs run from them. */
class ReleaseScriptsIT {
    private static final String JAVA_RELEASE = "JAVA_VERSION=\"25.0.1\"\nJAVA_RUNTIME_VERSION=\"25.0.1+8\"\n";

    @TempDir
    private Path root;

    private Path checkout(String name) throws IOException {
        Path checkout = root.resolve(name);
        copy(Path.of("../scripts"), checkout.resolve("scripts"));
        copy(Path.of("bundles"), checkout.resolve("charm-actions/bundles"));
        copy(Path.of("../supervisor/examples"), checkout.resolve("supervisor/examples"));
        Files.copy(Path.of("../pom.xml"), checkout.resolve("pom.xml"));
        Files.copy(Path.of("../LICENSE"), checkout.resolve("LICENSE"));
        jar(checkout, "haproxy-config", "haproxy-config.jar");
        for (String module : List.of("supervisor", "livepatch-server", "charm-actions", "fleet")) {
            jar(checkout, module, module + ".jar");
            jar(checkout, module, "lib/common-0.1.0-SNAPSHOT.jar");
            jar(checkout, module, "lib/a-library-1.2.jar");
        }
        jar(checkout, "charm-actions", "lib/supervisor-0.1.0-SNAPSHOT.jar");
        Files.createDirectories(checkout.resolve("common"));
        return checkout;
    }

    /** As a copy by Maven is, the file has the content of the module that it is named after. */
    private static void jar(Path checkout, String module, String file) throws IOException {
        Path jar = checkout.resolve(module).resolve("target").resolve(file);
        Files.createDirectories(jar.getParent());
        Files.writeString(jar, jar.getFileName().toString().replace("-0.1.0-SNAPSHOT", ""));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    private static Path dist(Path checkout) {
        ExternalProgram.Output output =
                ExternalProgram.of(checkout.resolve("scripts/dist").toString()).runOrThrow();
        return Path.of(output.stdout().strip());
    }

    private static List<String> archives(Path checkout) throws IOException {
        try (Stream<Path> files = Files.list(checkout.resolve("target"))) {
            return files.filter(file -> file.toString().endsWith(".tar.gz"))
                    .map(file -> file.getFileName() + " " + digest(file))
                    .sorted()
                    .toList();
        }
    }

    private static String digest(Path file) {
        try {
            return Digests.hex(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void anArchiveDependsOnTheContentOnly() throws IOException {
        Path one = checkout("one");
        Path other = checkout("another folder");
        Files.setLastModifiedTime(other.resolve("LICENSE"), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
        Files.setPosixFilePermissions(other.resolve("scripts/up"), PosixFilePermissions.fromString("rwx------"));

        Path release = dist(one);
        assertThat(dist(other).getFileName()).isEqualTo(release.getFileName());
        assertThat(archives(one)).hasSize(2).isEqualTo(archives(other));
        assertThat(release.resolve("RELEASE"))
                .hasContent(release.getFileName().toString().replace("livepatch-", ""));
        assertThat(release.resolve("lib"))
                .as("each jar once")
                .isDirectoryNotContaining("glob:**SNAPSHOT*")
                .isDirectoryContaining("glob:**/supervisor.jar");

        Files.createDirectories(release.resolve("aot"));
        Files.writeString(release.resolve("aot/cache"), "of this Java");
        assertThat(dist(one)).as("the same content").isEqualTo(release);
        assertThat(release.resolve("aot/cache")).exists();
        assertThat(archives(one)).isEqualTo(archives(other));

        Files.writeString(one.resolve("LICENSE"), "changed");
        assertThat(dist(one)).isNotEqualTo(release).exists();
        assertThat(release).as("no process runs from it").doesNotExist();
        assertThat(one.resolve("target/release").toRealPath())
                .isEqualTo(dist(one).toRealPath());
        assertThat(archives(one)).hasSize(2);
    }

    @Test
    void differentLibrariesOfOneNameAreRefused() throws IOException {
        Path checkout = checkout("one");
        Files.writeString(checkout.resolve("fleet/target/lib/a-library-1.2.jar"), "of another build");

        ExternalProgram.Output refused =
                ExternalProgram.of(checkout.resolve("scripts/dist").toString()).run();

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.stderr()).contains("a-library-1.2.jar");
    }

    /** A Java that prints its arguments. */
    private Path java() throws IOException {
        Path java = root.resolve("jdk/bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(root.resolve("jdk/release"), JAVA_RELEASE);
        return root.resolve("jdk");
    }

    private List<String> arguments(Path program, String... more) throws IOException {
        Path java = java();
        List<String> command = new java.util.ArrayList<>(List.of("env", "-i", "JAVA_HOME=" + java, program.toString()));
        command.addAll(List.of(more));
        return ExternalProgram.of(command.toArray(String[]::new))
                .runOrThrow()
                .stdout()
                .lines()
                .toList();
    }

    @Test
    void aProgramRunsFromTheCheckoutAndFromTheArchiveInAnEmptyEnvironment() throws IOException {
        Path checkout = checkout("one");
        Path release = dist(checkout);
        String lib = release + "/lib/";
        assertThat(arguments(checkout.resolve("scripts/livepatch-client"), "a b", "*"))
                .containsExactly(
                        "@" + release + "/bin/jvm/cli.options",
                        "-cp",
                        lib + "fleet.jar:" + lib + "a-library-1.2.jar:" + lib + "common.jar",
                        "io.livepatch.fleet.client.Main",
                        "a b",
                        "*");

        Path unpacked = root.resolve("some where");
        Files.createDirectories(unpacked);
        for (String archive : archives(checkout)) {
            Path file = checkout.resolve("target").resolve(archive.split(" ", 2)[0]);
            ExternalProgram.of("tar", "-xzf", file.toString(), "-C", unpacked.toString())
                    .runOrThrow();
        }
        FileTrees.delete(checkout);
        try (Stream<Path> releases = Files.list(unpacked)) {
            for (Path copy : releases.sorted().toList()) {
                String jars = copy + "/lib/supervisor.jar:" + copy + "/lib/a-library-1.2.jar:" + copy
                        + "/lib/common.jar:" + copy + "/lib/charm-actions.jar:" + copy + "/lib/haproxy-config.jar";
                assertThat(arguments(copy.resolve("bin/supervisor"), "--config", "x"))
                        .containsExactly(
                                "@" + copy + "/bin/jvm/supervisor.options",
                                "-cp",
                                jars,
                                "io.livepatch.supervisor.cli.Main",
                                "--config",
                                "x");
            }
        }
    }

    @Test
    void theCacheOfThisJavaIsUsed() throws IOException {
        Path release = dist(checkout("one"));
        Path cache = release.resolve("aot/charm-actions.cli-25.0.1+8.aot");
        Files.createDirectories(cache.getParent());
        Files.writeString(release.resolve("aot/charm-actions.cli-25.0.2+1.aot"), "of another one");
        assertThat(arguments(release.resolve("bin/juju"))).noneMatch(argument -> argument.contains("AOT"));

        Files.write(cache, "x".getBytes(UTF_8));
        assertThat(arguments(release.resolve("bin/juju"))).contains("-XX:AOTCache=" + cache);
    }
}
