package io.livepatch.charm.livepatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.charm.api.UnitStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one process of the server says of itself at {@code /debug/status}.
 *
 * @param starting whether no work has been possible yet
 * @param possible the kinds of work that it can do, such as {@code check-ins}
 * @param lost the kinds of work that it cannot do
 * @param faults the parts that do not work
 */
record ServerHealth(boolean starting, List<String> possible, List<Fault> lost, List<Fault> faults) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    /** A unit with many processes that hang must not keep its charm from its work. */
    private static final Duration PATIENCE_WITH_ALL = Duration.ofSeconds(3);

    private static final int MOST_BYTES = 1 << 20;

    ServerHealth {
        possible = List.copyOf(possible);
        lost = List.copyOf(lost);
        faults = List.copyOf(faults);
    }

    /**
     * Something that does not work.
     *
     * @param what the kind of work, or the part
     * @param since empty when it never worked
     * @param needsOperator whether it stays until an operator changes something
     */
    record Fault(String what, Optional<Instant> since, String reason, boolean needsOperator) {
        private String text() {
            return since.map(time -> " since " + time.truncatedTo(ChronoUnit.SECONDS))
                            .orElse("") + ": " + reason;
        }
    }

    /** Asks these processes one after the other, and answers what came from those that answered in time. */
    static List<ServerHealth> ask(List<InetSocketAddress> processes) {
        long began = System.nanoTime();
        List<ServerHealth> answers = new ArrayList<>();
        for (InetSocketAddress process : processes) {
            if (System.nanoTime() - began > PATIENCE_WITH_ALL.toNanos()) {
                break;
            }
            ask(process).ifPresent(answers::add);
        }
        return answers;
    }

    private static Optional<ServerHealth> ask(InetSocketAddress process) {
        String host = InetAddress.ofLiteral(process.getHostString()).getHostAddress();
        try {
            URLConnection connection = URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                            + process.getPort() + "/debug/status")
                    .toURL()
                    .openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout((int) PATIENCE.toMillis());
            connection.setReadTimeout((int) PATIENCE.toMillis());
            try (var body = connection.getInputStream()) {
                return parse(new String(body.readNBytes(MOST_BYTES), UTF_8));
            }
        } catch (IOException e) {
            // No process listens there, or it hangs: callers treat both as no answer.
            return Optional.empty();
        }
    }

    /** Empty if this is no status of a server. */
    static Optional<ServerHealth> parse(String json) {
        try {
            JsonNode status = JSON.readTree(json);
            String state = status.path("state").asString("");
            return state.isEmpty() ? Optional.empty() : Optional.of(of(state, status));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static ServerHealth of(String state, JsonNode status) {
        List<String> possible = new ArrayList<>();
        status.path("possible").forEach(kind -> possible.add(kind.asString("")));
        List<Fault> lost = new ArrayList<>();
        status.path("lost")
                .forEachEntry(
                        (kind, loss) -> lost.add(fault(kind, loss.path("reason").asString(""), loss)));
        List<Fault> faults = new ArrayList<>();
        status.forEachEntry((part, value) -> {
            String said = value.path("status").asString("OK");
            // A remark is a part without a time; it stops nothing.
            if (!said.equals("OK") && value.has("since")) {
                faults.add(fault(part, said, value));
            }
        });
        return new ServerHealth(state.equals("starting"), possible, lost, faults);
    }

    private static Fault fault(String what, String reason, JsonNode node) {
        Optional<Instant> since = Optional.of(node.path("since").asString("")).flatMap(ServerHealth::time);
        return new Fault(what, since, reason, node.path("needs-operator").asBoolean(false));
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    boolean serves() {
        return !possible.isEmpty();
    }

    boolean well() {
        return faults.isEmpty() && lost.isEmpty();
    }

    /** As Juju's users read it; for a server that is not well. */
    UnitStatus status() {
        boolean needsOperator =
                faults.stream().anyMatch(Fault::needsOperator) || lost.stream().anyMatch(Fault::needsOperator);
        return needsOperator ? UnitStatus.blocked(message()) : UnitStatus.waiting(message());
    }

    private String message() {
        if (starting) {
            return "Livepatch is starting" + (faults.isEmpty() ? "" : ": " + reasons());
        }
        if (lost.isEmpty()) {
            return (faults.isEmpty() ? "Livepatch is not ready" : reasons()) + goOn();
        }
        String kinds = lost.stream().map(Fault::what).collect(Collectors.joining(" and "));
        return kinds + " are refused" + lost.getFirst().text() + goOn();
    }

    private String reasons() {
        return faults.stream()
                .map(fault -> fault.what() + " does not work" + fault.text())
                .collect(Collectors.joining("; "));
    }

    private String goOn() {
        return possible.isEmpty() ? "" : "; " + String.join(" and ", possible) + " go on";
    }

    /** The reason alone, for a status that says more. */
    String reason() {
        return (lost.isEmpty() ? faults : lost).stream().map(Fault::reason).collect(Collectors.joining("; "));
    }
}
