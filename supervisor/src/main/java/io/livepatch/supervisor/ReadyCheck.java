package io.livepatch.supervisor;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** How a worker is asked whether it can do its work. Failures before the first success count for nothing. */
public sealed interface ReadyCheck {

    /** The pause between two checks. */
    Duration interval();

    /** How long one check may take. */
    Duration timeout();

    /** A GET that must be answered with 2xx; redirects are not followed. */
    record Http(URI uri, Duration interval, Duration timeout) implements ReadyCheck {
        public Http {
            Require.that(
                    ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null,
                    "ready check",
                    uri,
                    "give a URI such as http://127.0.0.1:8080/health/ready");
            Require.positive(interval, "interval of the ready check");
            Require.positive(timeout, "timeout of the ready check");
        }
    }

    /** A TCP connection that must be accepted. */
    record Tcp(InetSocketAddress address, Duration interval, Duration timeout) implements ReadyCheck {
        public Tcp {
            Require.that(address.getPort() > 0, "port of the ready check", address.getPort(), "from 1 to 65535");
            Require.positive(interval, "interval of the ready check");
            Require.positive(timeout, "timeout of the ready check");
        }
    }

    /** A command, run with the worker's user, directory and environment, that must exit with 0. */
    record Command(List<String> command, Duration interval, Duration timeout) implements ReadyCheck {
        public Command {
            command = List.copyOf(command);
            Require.that(!command.isEmpty() && !command.getFirst().isBlank(), "ready check", command, "name a program");
            Require.positive(interval, "interval of the ready check");
            Require.positive(timeout, "timeout of the ready check");
        }
    }
}
