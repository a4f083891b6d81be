package io.livepatch.supervisor.config;

import io.livepatch.common.config.DidYouMean;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.PoolSpec.StopPolicy;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.SupervisorException;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The types of options that are texts. Each constructor refuses an invalid text with an {@link IllegalArgumentException}, so that the
 * problem has the line and the key of the option. Most of them apply the rule of the supervisor's record that will hold the text.
 */
final class PoolText {

    private PoolText() {}

    /** Refuses a text if the construction of a record with it fails. */
    private static void accept(Supplier<?> construction) {
        try {
            Object _ = construction.get();
        } catch (SupervisorException.InvalidSpec e) {
            // "'TEXT' is no user: RULE"; the option states the rule.
            String refusal = String.valueOf(e.getMessage());
            throw new IllegalArgumentException(refusal.substring(0, refusal.lastIndexOf(": ")), e);
        }
    }

    record Name(String text) {
        Name {
            accept(() -> PoolSpec.of(text, List.of("true")).build());
        }
    }

    record Program(String text) {
        Program {
            accept(() -> PoolSpec.of("name", List.of(text)).build());
        }
    }

    record StopSignal(String text) {
        StopSignal {
            accept(() -> new StopPolicy(text, StopPolicy.DEFAULT.timeout()));
        }
    }

    /** The signal that a worker gets when the supervisor is killed. */
    record DeathSignal(String text) {
        DeathSignal {
            accept(() -> ProcessEnvironment.PLAIN.withParentDeathSignal(text));
        }
    }

    record User(String text) {
        User {
            accept(() -> ProcessEnvironment.PLAIN.withUser(text));
        }
    }

    record Umask(String text) {
        Umask {
            accept(() -> surroundings(Optional.of(text), Optional.empty()));
        }
    }

    /** The processors that a worker may run on. */
    record Cpus(String text) {
        Cpus {
            accept(() -> surroundings(Optional.empty(), Optional.of(text)));
        }
    }

    private static ProcessEnvironment surroundings(Optional<String> umask, Optional<String> cpus) {
        ProcessEnvironment plain = ProcessEnvironment.PLAIN;
        return new ProcessEnvironment(
                Map.of(), true, plain.directory(), Optional.empty(), umask, OptionalInt.empty(), cpus, "KILL");
    }

    /** An HTTP URL, which may name the ports of a worker. */
    record Url(String text) {
        Url {
            accept(() -> new Probe.Http(text));
        }
    }

    /** A TCP address, which may name the ports of a worker. */
    record TcpAddress(String text) {
        TcpAddress {
            accept(() -> new Probe.Tcp(text));
        }
    }

    record UrlPath(String text) {
        UrlPath {
            if (!text.matches("/\\S*")) {
                throw new IllegalArgumentException("is not a path of a URL");
            }
        }
    }

    /** An address of this machine: a literal or {@code localhost}, so that reading a file needs no name server. */
    record IpAddress(String text) {
        IpAddress {
            try {
                String address = text.replaceAll("^\\[(.*)]$", "$1");
                text = address.equals("localhost")
                        ? address
                        : InetAddress.ofLiteral(address).getHostAddress();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("is not an IP address", e);
            }
        }
    }

    /** A text with an action of Go's templates, <code>{{.Port}}</code>, in it. */
    record PortTemplate(String text) {
        private static final Pattern PORT_ACTION = Pattern.compile("\\{\\{-?\\s*\\.Port\\s*-?}}");

        PortTemplate {
            String rest = PORT_ACTION.matcher(text).replaceAll("");
            if (rest.equals(text) || rest.contains("{{") || rest.contains("}}")) {
                throw new IllegalArgumentException("is not a template of the port alone");
            }
        }

        /** The text with {@link WorkerPorts#PORT} instead of the action. */
        String withPortName() {
            return PORT_ACTION.matcher(text).replaceAll(WorkerPorts.PORT);
        }
    }

    /** A load-balancing algorithm by its name in Envoy, in any case. */
    record Algorithm(String text) {
        private static final Map<String, String> STRATEGIES =
                Map.of("ROUND_ROBIN", "round_robin", "LEAST_REQUEST", "least_connections", "RANDOM", "random");

        Algorithm {
            String name = text.toUpperCase(Locale.ROOT);
            if (!STRATEGIES.containsKey(name)) {
                throw new IllegalArgumentException("is not known" + DidYouMean.suffix(name, STRATEGIES.keySet()));
            }
            text = name;
        }

        /** The balancer's name of it. */
        String strategy() {
            return STRATEGIES.getOrDefault(text, text);
        }
    }
}
