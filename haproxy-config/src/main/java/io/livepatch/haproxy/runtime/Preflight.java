package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.LoadBalancer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what {@code haproxy -c} does not check, though a start or reload would fail on it: taken ports and file descriptors.
 *
 * <p>A reload that fails on a taken port does harm: the running worker pauses all its frontends while the new one tries to bind.
 */
final class Preflight {
    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files\\s+\\S+\\s+(\\d+)");

    private Preflight() {}

    /**
     * @param current the text that may be running; its ports are taken by haproxy itself
     * @param master the running master, whose limits the next worker inherits
     */
    static List<String> problems(LoadBalancer lb, Optional<String> current, Optional<Long> master) {
        List<String> problems = new ArrayList<>();
        for (Bind bind : lb.binds()) {
            if (!listens(current, bind.port())) {
                bindProblem(bind).ifPresent(problems::add);
            }
        }
        openFiles(master)
                .filter(limit -> limit < lb.fileDescriptors())
                .ifPresent(limit ->
                        problems.add("max connections of " + lb.limits().maxConnections() + " needs "
                                + lb.fileDescriptors() + " file descriptors, 'ulimit -Hn' allows " + limit
                                + "; lower the one or raise the other"));
        return problems;
    }

    private static boolean listens(Optional<String> text, int port) {
        Pattern bind = Pattern.compile("(?m)^  bind \\S+:" + port + "( |$)");
        return text.filter(config -> bind.matcher(config).find()).isPresent();
    }

    private static Optional<String> bindProblem(Bind bind) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(bind.inetAddress(), bind.port()));
            return Optional.empty();
        } catch (BindException e) {
            // haproxy may have a privilege that this process lacks (a port below 1024), so the check is left to it.
            return String.valueOf(e.getMessage()).contains("Permission")
                    ? Optional.empty()
                    : Optional.of("cannot listen on '" + bind.endpoint() + "' (" + e.getMessage()
                            + "); stop what holds it ('ss -ltnp' names it) or choose another");
        } catch (IOException e) {
            return Optional.of("cannot listen on '" + bind.endpoint() + "' (" + e.getMessage() + ")");
        }
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
