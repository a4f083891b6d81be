package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.Timeouts;
import java.util.List;
import java.util.Optional;

/** Writes a {@link LoadBalancer} as the text of {@code haproxy.cfg}. Pure: equal input gives equal bytes. */
public final class HaproxyConfig {
    private static final String HEAD = """
            # Generated from the model of this load balancer; the next change of the model overwrites what is edited here.

            global
            """;

    /** Mozilla's "intermediate" server-side TLS profile, version 5.7. */
    private static final String CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
            + ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
            + ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

    private static final String SUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

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

    private HaproxyConfig() {}

    /** The whole file. */
    public static String render(LoadBalancer lb) {
        Lines lines = new Lines();
        writeGlobal(lb, lines);
        writeDefaults(lb, lines);
        lb.sourceLimits().ifPresent(limits -> SourceLimitRules.writeTables(limits, lines));
        lb.frontends().forEach(frontend -> FrontendSection.write(frontend, lb, lines));
        lb.redirects().forEach(redirect -> FrontendSection.write(redirect, lb, lines));
        lb.metrics().ifPresent(bind -> FrontendSection.writeMetrics(bind, lb.metricsPages(), lines));
        lb.backends().forEach(backend -> BackendSection.write(backend, lb.sourceLimits(), lines));
        String body = lines.toString();
        return HEAD
                + "  # a running haproxy repeats this in 'show info': so it is known which text it has loaded\n"
                + "  description " + Fingerprint.of(HEAD + body) + "\n"
                + body;
    }

    /**
     * The parameters that the command {@code add server} takes behind the server's name: all that the file says of the server,
     * because haproxy does not apply {@code default-server} to one that is added at run time.
     *
     * @param id of {@link Backend#serverIds}
     */
    public static String addServerParameters(Backend backend, Server server, Optional<Integer> id) {
        return BackendSection.serverWords(server) + server.weight()
                + id.map(number -> " id " + number).orElse("") + " " + BackendSection.commonWords(backend);
    }

    /** {@code global}: the process itself, and what every TLS bind has in common. */
    private static void writeGlobal(LoadBalancer lb, Lines lines) {
        lines.add("node " + lb.name().replace('/', '-'))
                .why("to the log file of whoever runs this process")
                .add("log stdout format raw local0 info")
                .why(
                        "expose-fd: the master hands open sockets on by itself; this is for who starts a successor by hand (-x)")
                .add("stats socket " + lb.paths().adminSocket() + " mode 600 level admin expose-fd listeners")
                .why("filled just before a reload: a server that is down is still down for the new worker")
                .add("server-state-file " + lb.paths().stateFile())
                .why("an old worker with open requests ends at the latest then")
                .add("hard-stop-after " + Lines.time(lb.timeouts().hardStop()))
                .why("two descriptors a connection: 'ulimit -n' must allow " + lb.fileDescriptors())
                .add("maxconn " + lb.connections())
                .add("tune.bufsize " + lb.limits().headerBytes())
                .add("tune.http.maxhdr " + lb.limits().headerCount());
        lb.limits().threads().ifPresent(threads -> lines.add("nbthread " + threads));
        lb.sourceLimits()
                .ifPresent(
                        limits -> lines.why("more would only be refused, since each counts as a request of its source")
                                .add("tune.h2.max-concurrent-streams " + limits.requests()));
        lines.add("ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers no-tls-tickets")
                .add("ssl-default-bind-curves X25519:prime256v1:secp384r1")
                .add("ssl-default-bind-ciphers " + CIPHERS)
                .add("ssl-default-bind-ciphersuites " + SUITES);
    }

    /** {@code defaults}: how requests are timed, logged and, where no server answers, answered. */
    private static void writeDefaults(LoadBalancer lb, Lines lines) {
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
                .add("timeout connect " + Lines.time(timeouts.connect()))
                .add("timeout client " + Lines.time(timeouts.client()))
                .add("timeout server " + Lines.time(timeouts.server()))
                .add("timeout http-request " + Lines.time(timeouts.httpRequest()))
                .add("timeout http-keep-alive " + Lines.time(timeouts.httpKeepAlive()))
                .add("timeout queue " + Lines.time(timeouts.queue()));
        ERRORS.forEach(error -> lines.add(error.asError()));
        lines.add(NO_UNIT.asError() + " hdr Retry-After 5");
    }
}
