package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.LoadBalancer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks a configuration before it is used: runs {@code haproxy -c} on a temporary copy, whose path its alerts replace with the
 * real one, and checks ports and file descriptors.
 */
final class ConfigValidator {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern ALERT = Pattern.compile("\\[ALERT\\]\\s+\\(\\d+\\) : (?:config : )?(.*)");
    private static final Pattern LOCATION = Pattern.compile("\\[[^\\]\\s]*:(\\d+)\\]");
    private static final Pattern SUMMARY = Pattern.compile("(Error\\(s\\)|Fatal errors) found in configuration.*");

    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files\\s+\\S+\\s+(\\d+)");

    private static final int CONNECT_TIMEOUT = 1000;

    private final Path binary;
    private final Path configFile;

    ConfigValidator(Path binary, Path configFile) {
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
        Matcher location = LOCATION.matcher(alert);
        if (!location.find()) {
            return alert;
        }
        int number = Integer.parseInt(location.group(1));
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

    /**
     * Finds what {@code haproxy -c} does not check, though a start or reload would fail on it: ports in use and file descriptors.
     *
     * <p>A reload that fails on a port in use interrupts service: the running worker pauses all its frontends while the new one
     * tries to bind.
     *
     * @param current the text that may be running; its ports are taken by haproxy itself
     * @param master the running master, whose limits the next worker inherits
     */
    static List<String> environmentProblems(LoadBalancer lb, Optional<String> current, Optional<Long> master) {
        List<String> problems = new ArrayList<>();
        for (Bind bind : lb.binds()) {
            if (current.stream().flatMap(HaproxyConfigFile::binds).noneMatch(it -> it.getPort() == bind.port())) {
                bindProblem(bind).ifPresent(problems::add);
            }
        }
        openFiles(master)
                .filter(limit -> limit < lb.fileDescriptors())
                .ifPresent(limit ->
                        problems.add("max connections of " + lb.limits().maxConnections() + " needs "
                                + lb.fileDescriptors() + " file descriptors, 'ulimit -Hn' allows " + limit
                                + "; lower max connections or raise the limit"));
        return problems;
    }

    /**
     * Binds with {@code SO_REUSEPORT}, as haproxy does, so that a supervisor may keep the port for haproxy by a socket that does not
     * listen. Such a bind succeeds beside another listener of the same user with the option; so a connection is tried as well.
     */
    private static Optional<String> bindProblem(Bind bind) {
        InetSocketAddress address = new InetSocketAddress(bind.inetAddress(), bind.port());
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            probe.bind(address);
        } catch (BindException e) {
            // haproxy may have a privilege that this process lacks (a port below 1024), so the check is left to it.
            return String.valueOf(e.getMessage()).contains("Permission")
                    ? Optional.empty()
                    : Optional.of(inUse(bind, e.getMessage()));
        } catch (IOException e) {
            return Optional.of("cannot listen on '" + bind.endpoint() + "' (" + e.getMessage() + ")");
        }
        try (Socket client = new Socket()) {
            client.connect(address, CONNECT_TIMEOUT);
            return Optional.of(inUse(bind, "Address already in use"));
        } catch (SocketTimeoutException e) {
            return Optional.of(inUse(bind, "a process listens and does not accept"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String inUse(Bind bind, @Nullable String reason) {
        return "cannot listen on '" + bind.endpoint() + "' (" + reason
                + "); stop the process that uses it ('ss -ltnp' names it) or choose another port";
    }

    private static Optional<Long> openFiles(Optional<Long> master) {
        Path limits = Path.of("/proc", master.map(String::valueOf).orElse("self"), "limits");
        try {
            Matcher matcher = OPEN_FILES.matcher(Files.readString(limits));
            return matcher.find() ? Optional.of(Long.valueOf(matcher.group(1))) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
