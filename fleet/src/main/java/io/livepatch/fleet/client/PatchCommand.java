package io.livepatch.fleet.client;

import io.livepatch.fleet.protocol.Platform;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The operator's command that applies or unapplies a patch. A shell runs it; the file is the last argument and everything else is in
 * {@code LIVEPATCH_*} variables, so that no text of a server becomes shell code.
 */
record PatchCommand(String line, Duration timeout) {

    /** Runs the command and returns the reason of a failure. */
    Optional<String> run(String action, Path file, String version, Platform platform) {
        ProcessBuilder builder =
                new ProcessBuilder(List.of("/bin/sh", "-c", line + " \"$@\"", "livepatch-client", file.toString()));
        builder.environment()
                .putAll(Map.of(
                        "LIVEPATCH_ACTION", action,
                        "LIVEPATCH_PATCH_FILE", file.toString(),
                        "LIVEPATCH_PATCH_VERSION", version,
                        "LIVEPATCH_KERNEL", platform.kernel().text(),
                        "LIVEPATCH_ARCHITECTURE", platform.architecture()));
        // Its output is for people; a program may parse our standard output.
        builder.redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.to(new File("/dev/stderr")))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        try {
            return wait(builder.start());
        } catch (IOException e) {
            return Optional.of("the command could not be started: " + e.getMessage());
        }
    }

    private Optional<String> wait(Process process) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                kill(process);
                return Optional.of("the command was killed, it took longer than " + timeout.toSeconds() + " s");
            }
            int exit = process.exitValue();
            return exit == 0 ? Optional.empty() : Optional.of("the command exited with " + exit);
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
            return Optional.of("interrupted while the command ran");
        }
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
