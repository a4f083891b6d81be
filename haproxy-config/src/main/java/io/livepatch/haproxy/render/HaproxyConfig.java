package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.Timeouts;
import io.livepatch.haproxy.render.ConfigWriter.ErrorResponse;
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
     * As {@code option httplog}, but with the path only ({@code %HPO}), because a signed URL has its signature in the query. No
     * header is captured either, so the log contains no token.
     */
    private static final String LOG_FORMAT =
            "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %tsc" + " %ac/%fc/%bc/%sc/%rc %sq/%bq %ID %HM %HPO %HV";

    private static final List<ErrorResponse> ERRORS = List.of(
            new ErrorResponse(400, "Bad Request", "the request is not valid HTTP, or its head is too long"),
            new ErrorResponse(
                    408, "Request Timeout", "the request did not arrive in time; send it again at once and whole"),
            new ErrorResponse(502, "Bad Gateway", "the unit broke off its answer; try again"),
            new ErrorResponse(504, "Gateway Timeout", "the unit did not answer in time; try again"));

    private static final ErrorResponse NO_SERVER =
            new ErrorResponse(503, "Service Unavailable", "no unit is ready to answer; try again");

    private HaproxyConfig() {}

    public static String render(LoadBalancer lb) {
        ConfigWriter writer = new ConfigWriter();
        writeGlobal(lb, writer);
        writeDefaults(lb, writer);
        lb.sourceLimits().ifPresent(limits -> SourceLimitRules.writeTables(limits, writer));
        lb.frontends().forEach(frontend -> FrontendSection.write(frontend, lb, writer));
        lb.redirects().forEach(redirect -> FrontendSection.write(redirect, lb, writer));
        lb.metrics().ifPresent(bind -> FrontendSection.writeMetrics(bind, lb.metricsPages(), writer));
        lb.backends().forEach(backend -> BackendSection.write(backend, lb.sourceLimits(), writer));
        String body = writer.toString();
        return HEAD
                + "  # 'show info' of a running haproxy prints this, which identifies the configuration that it has loaded\n"
                + "  description " + ConfigDigest.of(HEAD + body) + "\n"
                + body;
    }

    /**
     * The parameters of the command {@code add server} behind the server's name. They are those of the server's line and of
     * {@code default-server}, which haproxy does not apply to a server that is added at run time.
     *
     * @param id of {@link Backend#serverIds}
     */
    public static String addServerParameters(Backend backend, Server server, Optional<Integer> id) {
        return BackendSection.serverParameters(server) + server.weight()
                + id.map(number -> " id " + number).orElse("") + " " + BackendSection.commonParameters(backend);
    }

    /** {@code global}: the process, and the TLS settings of all binds. */
    private static void writeGlobal(LoadBalancer lb, ConfigWriter writer) {
        writer.add("node " + lb.name().replace('/', '-'))
                .comment("standard output, which the parent process redirects to a log file")
                .add("log stdout format raw local0 info")
                .comment(
                        "expose-fd: lets an operator start another haproxy with -x; a reload by the master does not need it")
                .add("stats socket " + lb.paths().adminSocket() + " mode 600 level admin expose-fd listeners")
                .comment("written before each reload, so that the new worker knows which servers are down")
                .add("server-state-file " + lb.paths().stateFile())
                .comment("the limit for a reload's old worker to finish its open requests")
                .add("hard-stop-after " + ConfigWriter.time(lb.timeouts().hardStop()))
                .comment("each connection needs two file descriptors: 'ulimit -n' must be at least "
                        + lb.fileDescriptors())
                .add("maxconn " + lb.connections())
                .add("tune.bufsize " + lb.limits().headerBytes())
                .add("tune.http.maxhdr " + lb.limits().headerCount());
        lb.sandbox()
                .ifPresent(sandbox -> writer.comment("of the workers; the master stays root, and serves no network")
                        .add("user " + sandbox.user())
                        .add("group " + sandbox.group())
                        .add("chroot " + sandbox.directory()));
        lb.limits().threads().ifPresent(threads -> writer.add("nbthread " + threads));
        lb.sourceLimits()
                .ifPresent(limits -> writer.comment(
                                "the limit of requests per source: further streams would only be refused")
                        .add("tune.h2.max-concurrent-streams " + limits.requests()));
        writer.add("ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers no-tls-tickets")
                .add("ssl-default-bind-curves X25519:prime256v1:secp384r1")
                .add("ssl-default-bind-ciphers " + CIPHERS)
                .add("ssl-default-bind-ciphersuites " + SUITES);
    }

    /** {@code defaults}: time-outs, log format, and answers to requests that no server answers. */
    private static void writeDefaults(LoadBalancer lb, ConfigWriter writer) {
        Timeouts timeouts = lb.timeouts();
        writer.section("defaults")
                .add("mode http")
                .add("log global")
                .add("option dontlognull")
                .comment(
                        "a client may send a request on an idle connection during a reload: the old worker answers it and closes the connection then")
                .add("option idle-close-on-response")
                .add("load-server-state-from-file global")
                .add("unique-id-format %[uuid()]")
                .comment(
                        "the path without its query, and no headers, so that the log contains no signed URL and no token")
                .add("log-format '" + LOG_FORMAT + "'")
                .add("timeout connect " + ConfigWriter.time(timeouts.connect()))
                .add("timeout client " + ConfigWriter.time(timeouts.client()))
                .add("timeout server " + ConfigWriter.time(timeouts.server()))
                .add("timeout http-request " + ConfigWriter.time(timeouts.httpRequest()))
                .add("timeout http-keep-alive " + ConfigWriter.time(timeouts.httpKeepAlive()))
                .add("timeout queue " + ConfigWriter.time(timeouts.queue()));
        ERRORS.forEach(error -> writer.add(error.asHttpError()));
        writer.add(NO_SERVER.asHttpError() + " hdr Retry-After 5");
    }
}
