package io.livepatch.supervisor;

import io.livepatch.supervisor.Listening.WorkerPorts;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A health probe of a worker; its texts may contain the placeholders of {@link Listening.WorkerPorts}. */
public sealed interface Probe {

    /** A GET that must be answered with status 2xx; redirects are not followed. */
    record Http(String url) implements Probe {
        public Http {
            Preconditions.that(isHttp(url), "probe", url, "give a URL such as http://127.0.0.1:8080/health/ready");
        }

        public Http(URI uri) {
            this(uri.toString());
        }

        private static boolean isHttp(String url) {
            try {
                URI uri = new URI(WorkerPorts.EXAMPLE.fill(url));
                return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null;
            } catch (java.net.URISyntaxException notOne) {
                return false;
            }
        }
    }

    /** A TCP connection that must be accepted, at {@code host:port}. */
    record Tcp(String address) implements Probe {
        public Tcp {
            Preconditions.that(
                    WorkerPorts.EXAMPLE
                            .fill(address)
                            .matches("[^:\\s]+:[1-9]\\d{0,4}|\\[[0-9a-fA-F:.]+]:[1-9]\\d{0,4}"),
                    "address of the probe",
                    address,
                    "give host:port");
        }
    }

    /**
     * A command sent to a unix socket, such as an admin socket, that must be answered with at least one byte.
     *
     * @param path absolute, at most 107 bytes, the kernel's limit
     * @param command one line, without line feed
     */
    record Socket(Path path, String command) implements Probe {

        private static final int MAX_PATH = 107;

        public Socket {
            Preconditions.that(
                    path.isAbsolute() && path.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_PATH,
                    "socket of the probe",
                    path,
                    "give an absolute path of at most " + MAX_PATH + " bytes");
            Preconditions.that(
                    !command.isBlank() && command.chars().noneMatch(Character::isISOControl),
                    "command of the probe",
                    command,
                    "give one line");
        }
    }

    /**
     * Several probes, run one after the other within one timeout, that fail only if one gets no answer: a refused connection, an
     * error status or a failed command passes. For a process that runs once and must be restarted only when it hangs.
     */
    record Responsive(List<Probe> probes) implements Probe {
        public Responsive {
            probes = List.copyOf(probes);
            Preconditions.that(!probes.isEmpty(), "probe", probes, "give at least one");
        }
    }

    /** A command that must exit with 0, run with the worker's user, directory and environment. */
    record Command(List<String> command) implements Probe {
        public Command {
            command = List.copyOf(command);
            Preconditions.that(!command.isEmpty() && !command.getFirst().isBlank(), "probe", command, "name a program");
        }
    }
}
