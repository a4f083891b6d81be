package io.livepatch.haproxy.render;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Why haproxy itself refuses a client. Each refusal is counted in a variable of the process, since haproxy's own statistics count
 * them all as "denied". Two threads that count at the same moment may count one instead of two.
 */
enum RefusalReason {
    SOURCE_CONNECTIONS("source-connections"),
    SOURCE_CONNECTION_RATE("source-connection-rate"),
    SOURCE_REQUESTS("source-requests"),
    SOURCE_REQUEST_RATE("source-request-rate"),
    BODY_TIMEOUT("body-timeout"),
    BODY_TOO_LARGE("body-too-large");

    private static final String METRIC = "haproxy_refused_total";

    private final String label;

    RefusalReason(String label) {
        this.label = label;
    }

    /** The action of a rule that counts one more. */
    String count() {
        return "set-var(" + variable() + ") var(" + variable() + ",0),add(1)";
    }

    private String variable() {
        return "proc.refused_" + label.replace('-', '_');
    }

    /** All counters in Prometheus' text format, as a log-format string within double quotes. */
    static String exposition() {
        return Arrays.stream(values())
                .map(reason -> METRIC + "{reason=\\\"" + reason.label + "\\\"} %[var(" + reason.variable() + ",0)]\\n")
                .collect(Collectors.joining(
                        "",
                        "# HELP " + METRIC + " Connections and requests that haproxy refused.\\n# TYPE " + METRIC
                                + " counter\\n",
                        ""));
    }
}
