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
 * The health of one process of the server, from its {@code /debug/status}.
 *
 * @param starting whether the process could not do any work yet
 * @param possibleWork the kinds of work that it can do, such as {@code check-ins}
 * @param lost the kinds of work that it cannot do
 * @param faults the parts that fail
 */
record ServerHealth(boolean starting, List<String> possibleWork, List<Fault> lost, List<Fault> faults) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    /** For all processes together, so that many hanging ones do not block the charm. */
    private static final Duration TOTAL_TIMEOUT = Duration.ofSeconds(3);

    private static final int MAX_BYTES = 1 << 20;

    ServerHealth {
        possibleWork = List.copyOf(possibleWork);
        lost = List.copyOf(lost);
        faults = List.copyOf(faults);
    }

    /**
     * A failed kind of work or part.
     *
     * @param what the kind of work, or the part
     * @param since empty if it never worked
     * @param needsOperator whether it stays until an operator changes something
     */
    record Fault(String what, Optional<Instant> since, String reason, boolean needsOperator) {
        private String text() {
            return since.map(time -> " since " + time.truncatedTo(ChronoUnit.SECONDS))
                            .orElse("") + ": " + reason;
        }
    }

    /** Queries the processes one after the other, and returns the answers that arrived in time. */
    static List<ServerHealth> query(List<InetSocketAddress> processes) {
        long began = System.nanoTime();
        List<ServerHealth> answers = new ArrayList<>();
        for (InetSocketAddress process : processes) {
            if (System.nanoTime() - began > TOTAL_TIMEOUT.toNanos()) {
                break;
            }
            query(process).ifPresent(answers::add);
        }
        return answers;
    }

    private static Optional<ServerHealth> query(InetSocketAddress process) {
        String host = InetAddress.ofLiteral(process.getHostString()).getHostAddress();
        try {
            URLConnection connection = URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                            + process.getPort() + "/debug/status")
                    .toURL()
                    .openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout((int) TIMEOUT.toMillis());
            connection.setReadTimeout((int) TIMEOUT.toMillis());
            try (var body = connection.getInputStream()) {
                return parse(new String(body.readNBytes(MAX_BYTES), UTF_8));
            }
        } catch (IOException e) {
            // No process listens, or it hangs: both count as no answer.
            return Optional.empty();
        }
    }

    /** Empty if the text is no status of a server. */
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
        List<String> possibleWork = new ArrayList<>();
        status.path("possible").forEach(kind -> possibleWork.add(kind.asString("")));
        List<Fault> lost = new ArrayList<>();
        status.path("lost")
                .forEachEntry(
                        (kind, loss) -> lost.add(fault(kind, loss.path("reason").asString(""), loss)));
        List<Fault> faults = new ArrayList<>();
        status.forEachEntry((part, value) -> {
            String partStatus = value.path("status").asString("OK");
            // An entry without a time is a remark, not a failure.
            if (!partStatus.equals("OK") && value.has("since")) {
                faults.add(fault(part, partStatus, value));
            }
        });
        return new ServerHealth(state.equals("starting"), possibleWork, lost, faults);
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
        return !possibleWork.isEmpty();
    }

    boolean healthy() {
        return faults.isEmpty() && lost.isEmpty();
    }

    /** The unit's status for a server that is not healthy. */
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
            return (faults.isEmpty() ? "Livepatch is not ready" : reasons()) + remainingWork();
        }
        String kinds = lost.stream().map(Fault::what).collect(Collectors.joining(" and "));
        return kinds + " are refused" + lost.getFirst().text() + remainingWork();
    }

    private String reasons() {
        return faults.stream()
                .map(fault -> fault.what() + " does not work" + fault.text())
                .collect(Collectors.joining("; "));
    }

    private String remainingWork() {
        return possibleWork.isEmpty() ? "" : "; " + String.join(" and ", possibleWork) + " go on";
    }

    /** The reason alone, for a status that says more. */
    String reason() {
        return (lost.isEmpty() ? faults : lost).stream().map(Fault::reason).collect(Collectors.joining("; "));
    }
}
