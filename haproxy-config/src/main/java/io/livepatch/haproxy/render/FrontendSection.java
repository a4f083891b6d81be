package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.MetricsPage;
import io.livepatch.haproxy.model.LoadBalancer.Redirect;
import io.livepatch.haproxy.model.Routes;
import io.livepatch.haproxy.model.Routes.Route;
import io.livepatch.haproxy.render.ConfigWriter.ErrorResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * {@code frontend}: for requests, for redirects and for Prometheus. The cheapest checks come first: the limits of the client's
 * address, then the path, then the body.
 */
final class FrontendSection {
    private FrontendSection() {}

    static void write(Frontend frontend, LoadBalancer lb, ConfigWriter writer) {
        open(frontend.name(), frontend.binds(), lb.limits().maxConnections(), lb, writer);
        lb.sourceLimits().ifPresent(limits -> SourceLimitRules.writeRequestRules(limits, writer));
        frontend.pages()
                .forEach(page -> writer.add(
                        "http-request " + returnAction(page.contentType(), page.text(), page.path()) + " METH_GET"));
        switch (frontend.routes()) {
            case Routes.Every(String backend) -> {
                RequestBodyRules.writeForEvery(lb, writer);
                headers(frontend, writer);
                writer.add("default_backend " + backend);
            }
            case Routes.Only only -> {
                allow(only, writer);
                RequestBodyRules.write(only, lb, writer);
                headers(frontend, writer);
                only.routes()
                        .forEach(route -> writer.add("use_backend " + route.backend() + " if " + condition(route)));
            }
        }
    }

    private static void open(String name, List<Bind> binds, int maxConnections, LoadBalancer lb, ConfigWriter writer) {
        writer.section("frontend " + name);
        binds.forEach(bind -> writer.add(bind(bind)));
        writer.add("maxconn " + maxConnections);
        lb.sourceLimits().ifPresent(limits -> SourceLimitRules.writeConnectionRules(limits, maxConnections, writer));
    }

    static void write(Redirect redirect, LoadBalancer lb, ConfigWriter writer) {
        String port = redirect.httpsPort() == 443 ? "" : ":" + redirect.httpsPort();
        open(redirect.name(), List.of(redirect.bind()), lb.redirectConnections(), lb, writer);
        writer.add("http-request return status 400 unless { req.hdr(host) -m reg '^[][A-Za-z0-9.:-]+$' }")
                .add("http-request redirect location https://%[req.hdr(host),regsub(:[0-9]+$,,)]" + port
                        + "%[pathq] code 308");
    }

    static void writeMetrics(Bind bind, List<MetricsPage> pages, ConfigWriter writer) {
        writer.section("frontend " + LoadBalancer.METRICS)
                .add(bind(bind))
                .comment("a separate limit, so that metrics are served while other frontends are full")
                .add("maxconn " + LoadBalancer.METRICS_CONNECTIONS)
                .add("no log")
                .comment("closes the connection after each request, so that a health check also tests new connections")
                .add("option httpclose")
                .add("http-request return status 200 content-type text/plain string ok if { path /health }")
                .add("http-request use-service prometheus-exporter if { path /metrics }")
                .add("http-request return status 200 content-type \"text/plain; version=0.0.4\" lf-string \""
                        + RefusalReason.exposition() + "\" if { path /metrics/refused }");
        pages.forEach(page -> writer.add(
                "http-request " + returnAction("text/plain; version=0.0.4; charset=utf-8", page.text(), page.path())));
        writer.add("http-request " + ErrorResponse.NOT_FOUND.asReturnAction());
    }

    /** The action that answers a path with a text; {@code string}, not {@code lf-string}, so that '%' is a plain character. */
    private static String returnAction(String contentType, String text, String path) {
        String quoted = text.replace("\"", "\\\"").replace("\n", "\\n");
        return "return status 200 content-type \"" + contentType + "\" string \"" + quoted + "\" if { path " + path
                + " }";
    }

    private static String bind(Bind bind) {
        // Otherwise the kernel's configuration decides whether "::" accepts IPv4 too.
        String family = bind.address().equals("::") ? " v6only" : "";
        return "bind " + bind.endpoint() + family
                + bind.tls()
                        .map(tls -> " ssl crt " + tls.pem() + " alpn h2,http/1.1")
                        .orElse("");
    }

    /** Matches the path as it was sent, without decoding: a path that a server could read in another way is refused. */
    private static void allow(Routes.Only only, ConfigWriter writer) {
        writer.comment(
                        "refuses encoded characters, dot segments, '//' and ';', which haproxy and the unit could resolve to different routes")
                .add("acl plain_path path -m reg '^/[A-Za-z0-9/._~+:@=,-]*$'")
                .add("acl odd_path path_sub // /./ /../")
                .add("acl odd_path path_end /. /..");
        Map<String, String> aclNames = new TreeMap<>();
        only.routes().forEach(route -> aclNames.put(route.path(), aclName(route)));
        aclNames.forEach((path, name) -> {
            writer.add("acl exposed path " + path).add("acl exposed path_beg " + path + "/");
            writer.add("acl " + name + " path " + path).add("acl " + name + " path_beg " + path + "/");
        });
        String shown = aclNames.isEmpty() ? "" : " unless plain_path !odd_path exposed";
        writer.add("http-request " + ErrorResponse.NOT_FOUND.asReturnAction() + shown);
    }

    /** The name of the ACL for the path of a route, {@code route:v1:client}. */
    static String aclName(Route route) {
        return "route" + route.path().replace('/', ':');
    }

    /** The condition of a rule that applies to the requests of a route. */
    private static String condition(Route route) {
        return aclName(route)
                + route.ending().map(text -> " { path_end " + text + " }").orElse("")
                + (route.methods().isEmpty()
                        ? ""
                        : " { method " + String.join(" ", new TreeSet<>(route.methods())) + " }");
    }

    private static void headers(Frontend frontend, ConfigWriter writer) {
        boolean allSecure =
                frontend.binds().stream().allMatch(bind -> bind.tls().isPresent());
        List<String> peers = frontend.trustedPeers();
        writer.addIf(!peers.isEmpty(), "acl trusted_peer src " + String.join(" ", peers))
                .comment(
                        peers.isEmpty()
                                ? "removes these headers from requests, so that units can trust their values"
                                : "removes these headers from requests unless a trusted proxy sent them, so that units can"
                                        + " trust their values")
                .add("http-request del-header forwarded")
                .add("http-request del-header x-forwarded- -m beg" + unlessTrusted(frontend))
                .add("http-request set-header X-Forwarded-For %[src]"
                        + unlessSentByTrustedPeer(frontend, "x-forwarded-for"))
                .addIf(
                        peers.isEmpty(),
                        "http-request set-header X-Forwarded-Proto https" + (allSecure ? "" : " if { ssl_fc }"))
                .addIf(
                        peers.isEmpty() && !allSecure,
                        "http-request set-header X-Forwarded-Proto http unless { ssl_fc }")
                .addIf(
                        !peers.isEmpty(),
                        "http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]"
                                + unlessSentByTrustedPeer(frontend, "x-forwarded-proto"))
                .add("http-request set-header X-Request-ID %[unique-id]"
                        + unlessSentByTrustedPeer(frontend, "x-request-id"))
                .add("http-after-response set-header X-Request-ID %[unique-id]" + unlessTrusted(frontend));
        longestHsts(frontend)
                .ifPresent(hsts -> writer.add("http-after-response set-header Strict-Transport-Security max-age="
                        + hsts.toSeconds() + " if { ssl_fc }"));
    }

    private static String unlessTrusted(Frontend frontend) {
        return frontend.trustedPeers().isEmpty() ? "" : " unless trusted_peer";
    }

    private static String unlessSentByTrustedPeer(Frontend frontend, String header) {
        return frontend.trustedPeers().isEmpty() ? "" : " unless trusted_peer { req.hdr(" + header + ") -m found }";
    }

    private static Optional<Duration> longestHsts(Frontend frontend) {
        return frontend.binds().stream()
                .flatMap(bind -> bind.tls().flatMap(Tls::hsts).stream())
                .max(Comparator.naturalOrder());
    }

    /**
     * Writes the rules that hold a request until its body is complete. So a server never waits for a client's body, and haproxy can
     * retry the request, because it still has the whole body. The rules apply to every method, because a GET may have a body too.
     */
    static final class RequestBodyRules {
        private static final ErrorResponse TOO_LARGE =
                new ErrorResponse(413, "Content Too Large", "the body is longer than a request to this route may be");
        /** Set while a body is awaited, to distinguish haproxy's own 408 from one that a server answers. */
        private static final String AWAITED = "txn.body_awaited";

        private RequestBodyRules() {}

        /** For a frontend without a list of routes: bodies longer than a buffer pass. */
        static void writeForEvery(LoadBalancer lb, ConfigWriter writer) {
            writer.comment("a request can be retried only if haproxy has received its whole body")
                    .add(waitForBody(lb));
        }

        static void write(Routes.Only routes, LoadBalancer lb, ConfigWriter writer) {
            TreeSet<String> streamed = routes.routes().stream()
                    .filter(Route::streamed)
                    .map(FrontendSection::aclName)
                    .collect(Collectors.toCollection(TreeSet::new));
            String exceptStreamed = streamed.stream().map(name -> " !" + name).collect(Collectors.joining());
            String condition = exceptStreamed.isEmpty() ? "" : " if" + exceptStreamed;
            String tooLong = "long_body" + exceptStreamed;
            int limit = lb.limits().bodyBytes();
            writer.comment(
                            "a client that sends Expect: 100-continue has not sent its body yet, so it reads this answer")
                    .add("acl announces_long_body req.body_size gt " + limit)
                    .add("acl asks_first req.hdr(expect) -m found");
            refuse("announces_long_body asks_first" + exceptStreamed, writer);
            writer.comment(
                            "forwards a request when its body is complete. A body that is too long is read up to the size of a buffer before it")
                    .comment("is refused, since a client that is still sending might get a reset instead of the answer")
                    .add("http-request set-var(" + AWAITED + ") bool(true)" + condition)
                    .add(waitForBody(lb) + condition)
                    .add("http-request unset-var(" + AWAITED + ")" + condition)
                    .add("acl long_body req.body_size gt " + limit)
                    .add("acl long_body req.body_len gt " + limit);
            refuse(tooLong, writer);
            writer.add("http-after-response " + RefusalReason.BODY_TIMEOUT.countAction() + " if { status 408 } { var("
                    + AWAITED + ") -m bool }");
        }

        private static void refuse(String condition, ConfigWriter writer) {
            writer.add("http-request " + RefusalReason.BODY_TOO_LARGE.countAction() + " if " + condition)
                    .add("http-request " + TOO_LARGE.asReturnAction() + " if " + condition);
        }

        private static String waitForBody(LoadBalancer lb) {
            return "http-request wait-for-body time "
                    + ConfigWriter.time(lb.timeouts().body());
        }
    }
}
