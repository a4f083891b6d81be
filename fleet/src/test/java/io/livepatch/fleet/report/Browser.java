package io.livepatch.fleet.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's chromium without a screen. */
final class Browser {
    private final Path directory;
    private final List<String> settings;

    /**
     * A browser with a separate profile.
     *
     * @param directory for its profile and its output
     */
    Browser(Path directory, String... settings) {
        this.directory = directory;
        this.settings = List.of(settings);
    }

    /** The page's elements after its scripts have run. */
    String elements(Path page) throws IOException, InterruptedException {
        Path dom = directory.resolve("dom.html");
        open(page, dom, "--dump-dom");
        return Files.readString(dom, UTF_8);
    }

    void photograph(Path page, Path picture, int width, int height) throws IOException, InterruptedException {
        open(page, directory.resolve("printed"), "--screenshot=" + picture, "--window-size=" + width + "," + height);
    }

    private void open(Path page, Path printed, String... how) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                // No network at all, neither for the page nor for requests of the browser itself.
                "unshare",
                "--map-root-user",
                "--net",
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--hide-scrollbars",
                "--virtual-time-budget=5000",
                "--user-data-dir=" + directory.resolve("profile")));
        Collections.addAll(command, how);
        command.addAll(settings);
        command.add(page.toUri().toString());
        Path said = directory.resolve("said");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(printed.toFile()).redirectError(said.toFile());
        builder.environment().put("HOME", directory.toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("chromium has ended")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(() -> said(said)).isZero();
    }

    private static String said(Path file) {
        try {
            return Files.readString(file, UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
