package io.livepatch.haproxy;

import java.util.List;

/** {@code defaults}: how requests are timed, logged and, where no server answers, answered. */
final class DefaultsSection {
    /**
     * As {@code option httplog}, but with the path alone ({@code %HPO}): a signed URL carries its signature in the query,
     * and no header is captured, so no token reaches the log.
     */
    private static final String LOG_FORMAT =
            "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %tsc" + " %ac/%fc/%bc/%sc/%rc %sq/%bq %ID %HM %HPO %HV";

    private static final List<ProblemAnswer> ERRORS = List.of(
            new ProblemAnswer(400, "Bad Request", "the request is not valid HTTP, or its head is too long"),
            new ProblemAnswer(
                    408, "Request Timeout", "the request did not arrive in time; send it again at once and whole"),
            new ProblemAnswer(502, "Bad Gateway", "the unit broke off its answer; try again"),
            new ProblemAnswer(504, "Gateway Timeout", "the unit did not answer in time; try again"));

    private static final ProblemAnswer NO_UNIT =
            new ProblemAnswer(503, "Service Unavailable", "no unit is ready to answer; try again");

    private DefaultsSection() {}

    static void write(LoadBalancer lb, Lines lines) {
        Timeouts timeouts = lb.timeouts();
        lines.section("defaults")
                .add("mode http")
                .add("log global")
                .add("option dontlognull")
                .why(
                        "a machine may send on an idle connection in the moment of a reload: it gets its answer, and is told to connect anew")
                .add("option idle-close-on-response")
                .add("load-server-state-from-file global")
                .add("unique-id-format %[uuid()]")
                .why("the path without its query: signed URLs stay out of the log, and so do all headers")
                .add("log-format '" + LOG_FORMAT + "'")
                .add("timeout connect " + Grammar.time(timeouts.connect()))
                .add("timeout client " + Grammar.time(timeouts.client()))
                .add("timeout server " + Grammar.time(timeouts.server()))
                .add("timeout http-request " + Grammar.time(timeouts.httpRequest()))
                .add("timeout http-keep-alive " + Grammar.time(timeouts.httpKeepAlive()))
                .add("timeout queue " + Grammar.time(timeouts.queue()));
        ERRORS.forEach(error -> lines.add(error.asError()));
        lines.add(NO_UNIT.asError() + " hdr Retry-After 5");
    }
}
