package io.livepatch.haproxy.render;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The reasons for which haproxy itself refuses a client. Each refusal is counted in a variable of the process, because haproxy's
 * statistics count all of them as "denied". The increment is not atomic: two threads at the same moment may count one refusal.
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

    /** The action that increments the counter. */
    String countAction() {
        return "set-var(" + variable() + ") var(" + variable() + ",0),add(1)";
    }

    private String variable() {
        return "proc.refused_" + label.replace('-', '_');
    }

    /** All counters in Prometheus' text format, as a log-format string for use within double quotes. */
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
