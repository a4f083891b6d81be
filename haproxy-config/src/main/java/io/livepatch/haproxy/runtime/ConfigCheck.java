package io.livepatch.haproxy.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs {@code haproxy -c} on a text, and makes its alerts name the real file instead of the temporary copy. */
final class ConfigCheck {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern ALERT = Pattern.compile("\\[ALERT\\]\\s+\\(\\d+\\) : (?:config : )?(.*)");
    private static final Pattern PLACE = Pattern.compile("\\[[^\\]\\s]*:(\\d+)\\]");
    private static final Pattern SUMMARY = Pattern.compile("(Error\\(s\\)|Fatal errors) found in configuration.*");

    private final Path binary;
    private final Path configFile;

    ConfigCheck(Path binary, Path configFile) {
        this.binary = binary;
        this.configFile = configFile;
    }

    /** haproxy's alerts, each with the line that it is about; empty if it would start with this text. */
    List<String> run(String text) {
        Path candidate = null;
        Path output = null;
        try {
            // In the directory of the real file, so that relative paths in the text mean the same.
            Path directory = configFile.toAbsolutePath().getParent();
            candidate = Files.createTempFile(directory, "haproxy-check-", ".cfg");
            output = Files.createTempFile(directory, "haproxy-check-", ".out");
            Files.writeString(candidate, text);
            int exit = exitOf(List.of(binary.toString(), "-c", "-f", candidate.toString()), output);
            return exit == 0 ? List.of() : problems(exit, Files.readString(output), text, candidate);
        } catch (IOException e) {
            throw new HaproxyException.Failed(
                    "cannot check a configuration with '" + binary + "' (" + e.getMessage() + ")", e);
        } finally {
            delete(candidate);
            delete(output);
        }
    }

    private int exitOf(List<String> command, Path output) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            if (process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
            throw new HaproxyException.Failed(
                    "'" + binary + " -c' did not end within " + TIMEOUT.toSeconds() + " s; the text was not used",
                    null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HaproxyException.Failed("interrupted while '" + binary + " -c' ran; the text was not used", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> problems(int exit, String output, String text, Path candidate) {
        List<String> lines = text.lines().toList();
        List<String> alerts = output.lines()
                .map(ALERT::matcher)
                .filter(Matcher::find)
                .map(alert -> alert.group(1))
                .filter(alert -> !SUMMARY.matcher(alert).matches())
                .map(alert -> withLine(alert.replace(candidate.toString(), configFile.toString()), lines))
                .toList();
        return alerts.isEmpty() ? List.of("'" + binary + " -c' ended with " + exit + ": " + output.strip()) : alerts;
    }

    private static String withLine(String alert, List<String> lines) {
        Matcher place = PLACE.matcher(alert);
        if (!place.find()) {
            return alert;
        }
        int number = Integer.parseInt(place.group(1));
        return number < 1 || number > lines.size()
                ? alert
                : alert + " (the line is '" + lines.get(number - 1).strip() + "')";
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new HaproxyException.Failed("cannot delete '" + file + "' (" + e.getMessage() + ")", e);
        }
    }
}
