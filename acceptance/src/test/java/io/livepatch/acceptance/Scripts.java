package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the scripts of the repository, or the programs of a release, with a given environment. */
final class Scripts {
    private static final long DEADLINE_MINUTES = 8;

    private final Path directory;
    private final Map<String, String> environment;

    Scripts(Map<String, String> environment) {
        this(root().resolve("scripts"), environment);
    }

    private Scripts(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = Map.copyOf(environment);
    }

    /** The programs of a release. */
    Scripts of(Path release) {
        return new Scripts(release.resolve("bin"), environment);
    }

    /** Exit code and output of a script: results on stdout, progress and errors on stderr. */
    record Outcome(int exit, String out, String err) {
        Outcome expectSuccess() {
            if (exit != 0) {
                throw new AssertionError("exit code " + exit + ":\n" + output());
            }
            return this;
        }

        String output() {
            return out + err;
        }
    }

    /** A copy with more environment variables. */
    Scripts with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        return new Scripts(directory, all);
    }

    /** Runs a command line as a program printed it: the name of a program and arguments without quotes. */
    Outcome runLine(String line) {
        String[] words = line.split(" ", -1);
        return run(words[0], Arrays.copyOfRange(words, 1, words.length));
    }

    Outcome run(String script, String... arguments) {
        ProcessBuilder builder = builder(script, arguments);
        List<String> command = builder.command();
        try {
            // A controller that the script starts inherits its output; a pipe would stay open until that controller
            // ends.
            Path output = Files.createTempFile("livepatch-script", ".out");
            Path errors = Files.createTempFile("livepatch-script", ".err");
            builder.redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile());
            Process process = builder.start();
            if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(command + " did not end; so far:\n" + Files.readString(output, UTF_8)
                        + Files.readString(errors, UTF_8));
            }
            Outcome outcome =
                    new Outcome(process.exitValue(), Files.readString(output, UTF_8), Files.readString(errors, UTF_8));
            Files.delete(output);
            Files.delete(errors);
            return outcome;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted during " + command, e);
        }
    }

    /** A builder for a script whose process the caller manages. */
    ProcessBuilder builder(String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of(directory.resolve(script).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(root().toFile());
        builder.environment().putAll(environment);
        return builder;
    }

    static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(directory.resolve("scripts/up"))) {
            directory = directory.getParent();
            if (directory == null) {
                throw new IllegalStateException("not inside a checkout: no scripts/up in any parent folder");
            }
        }
        return directory;
    }
}
