package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The whole configuration of one haproxy. The constructor checks that the parts fit together.
 *
 * @param name haproxy's name for itself in its statistics, such as {@code haproxy/0}
 * @param sourceLimits what one client address may use; empty for no limits
 * @param redirects plain HTTP ports that send clients to https
 * @param metrics where haproxy answers {@code /metrics} and {@code /metrics/refused} for Prometheus; on a loopback address only
 * @param metricsPages further pages of the same frontend; ignored without {@code metrics}
 * @param sandbox of the worker processes, if haproxy is started by root
 */
public record LoadBalancer(
        String name,
        Paths paths,
        ProxyLimits limits,
        Timeouts timeouts,
        Optional<SourceLimits> sourceLimits,
        List<Frontend> frontends,
        List<Redirect> redirects,
        Optional<Bind> metrics,
        List<Backend> backends,
        List<MetricsPage> metricsPages,
        Optional<Sandbox> sandbox) {
    /** The frontend that answers {@code metrics}; no other may have its name. */
    public static final String METRICS = "haproxy-metrics";
    /** The backend that counts the connections of each client address; it has no servers, and no other may have its name. */
    public static final String CONNECTION_TABLE = "source-connections";

    /** The same for requests. */
    public static final String REQUEST_TABLE = "source-requests";
    /** Connections of the metrics frontend. They are its own, so that it answers while other frontends are full. */
    public static final int METRICS_CONNECTIONS = 100;

    private static final int OTHER_DESCRIPTORS = 200;

    public LoadBalancer {
        frontends = List.copyOf(frontends);
        redirects = List.copyOf(redirects);
        backends = List.copyOf(backends);
        metricsPages = List.copyOf(metricsPages);
        Violations violations = new Violations("load balancer '" + name + "'")
                .unless(ConfigSyntax.isUnitName(name), "the name is not like haproxy/0 or " + ConfigSyntax.NAME_RULE)
                .unless(!frontends.isEmpty(), "it has no frontend");
        checkNames(violations, frontends, redirects, backends);
        checkBinds(violations, binds(frontends, redirects, metrics));
        violations.unless(
                metrics.isEmpty() || metrics.get().inetAddress().isLoopbackAddress(),
                "metrics would listen on '" + metrics.map(Bind::endpoint).orElse("")
                        + "'; they name all servers and need no password, so that only a loopback address is allowed");
        violations.throwIfAny();
    }

    /** A load balancer without metrics pages and sandbox. */
    public LoadBalancer(
            String name,
            Paths paths,
            ProxyLimits limits,
            Timeouts timeouts,
            Optional<SourceLimits> sourceLimits,
            List<Frontend> frontends,
            List<Redirect> redirects,
            Optional<Bind> metrics,
            List<Backend> backends) {
        this(
                name,
                paths,
                limits,
                timeouts,
                sourceLimits,
                frontends,
                redirects,
                metrics,
                backends,
                List.of(),
                Optional.empty());
    }

    /** A load balancer with one frontend, default limits, and neither redirects nor metrics. */
    public static LoadBalancer of(String name, Paths paths, Frontend frontend, Backend... backends) {
        return new LoadBalancer(
                name,
                paths,
                ProxyLimits.DEFAULT,
                Timeouts.DEFAULT,
                Optional.empty(),
                List.of(frontend),
                List.of(),
                Optional.empty(),
                List.of(backends));
    }

    public LoadBalancer withBackends(List<Backend> newBackends) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                timeouts,
                sourceLimits,
                frontends,
                redirects,
                metrics,
                newBackends,
                metricsPages,
                sandbox);
    }

    public LoadBalancer withFrontends(List<Frontend> newFrontends) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                timeouts,
                sourceLimits,
                newFrontends,
                redirects,
                metrics,
                backends,
                metricsPages,
                sandbox);
    }

    public LoadBalancer withRedirects(List<Redirect> newRedirects) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                timeouts,
                sourceLimits,
                frontends,
                newRedirects,
                metrics,
                backends,
                metricsPages,
                sandbox);
    }

    public LoadBalancer withMetrics(Bind newMetrics) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                timeouts,
                sourceLimits,
                frontends,
                redirects,
                Optional.of(newMetrics),
                backends,
                metricsPages,
                sandbox);
    }

    public LoadBalancer withLimits(ProxyLimits newLimits) {
        return new LoadBalancer(
                name,
                paths,
                newLimits,
                timeouts,
                sourceLimits,
                frontends,
                redirects,
                metrics,
                backends,
                metricsPages,
                sandbox);
    }

    public LoadBalancer withTimeouts(Timeouts newTimeouts) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                newTimeouts,
                sourceLimits,
                frontends,
                redirects,
                metrics,
                backends,
                metricsPages,
                sandbox);
    }

    public LoadBalancer withSourceLimits(SourceLimits newLimits) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                timeouts,
                Optional.of(newLimits),
                frontends,
                redirects,
                metrics,
                backends,
                metricsPages,
                sandbox);
    }

    public LoadBalancer withMetricsPages(List<MetricsPage> newPages) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                timeouts,
                sourceLimits,
                frontends,
                redirects,
                metrics,
                backends,
                newPages,
                sandbox);
    }

    public LoadBalancer withSandbox(Optional<Sandbox> newSandbox) {
        return new LoadBalancer(
                name,
                paths,
                limits,
                timeouts,
                sourceLimits,
                frontends,
                redirects,
                metrics,
                backends,
                metricsPages,
                newSandbox);
    }

    /** Client connections of a redirect. It answers without a backend, so a quarter of a frontend's connections is enough. */
    public int redirectConnections() {
        return Math.max(1, limits.maxConnections() / 4);
    }

    /** Client connections of all frontends together. Each has its own, so that a full one does not delay the others. */
    public int connections() {
        return frontends.size() * limits.maxConnections()
                + redirects.size() * redirectConnections()
                + (metrics.isPresent() ? METRICS_CONNECTIONS : 0);
    }

    /** File descriptors that haproxy needs: two for each connection, and some for listeners, checks and sockets. */
    public int fileDescriptors() {
        return 2 * connections() + OTHER_DESCRIPTORS;
    }

    /** Every address and port that haproxy listens on. */
    public List<Bind> binds() {
        return binds(frontends, redirects, metrics);
    }

    private static List<Bind> binds(List<Frontend> frontends, List<Redirect> redirects, Optional<Bind> metrics) {
        List<Bind> all = new ArrayList<>();
        frontends.forEach(frontend -> all.addAll(frontend.binds()));
        redirects.forEach(redirect -> all.add(redirect.bind()));
        metrics.ifPresent(all::add);
        return all;
    }

    private static void checkNames(
            Violations violations, List<Frontend> frontends, List<Redirect> redirects, List<Backend> backends) {
        Set<String> frontendNames = new HashSet<>(Set.of(METRICS));
        Stream.concat(frontends.stream().map(Frontend::name), redirects.stream().map(Redirect::name))
                .forEach(name ->
                        violations.unless(frontendNames.add(name), "the name of frontend '" + name + "' is taken"));
        Set<String> backendNames = new HashSet<>(Set.of(CONNECTION_TABLE, REQUEST_TABLE));
        backends.forEach(backend -> violations.unless(
                backendNames.add(backend.name()), "the name of backend '" + backend.name() + "' is taken"));
        String known =
                backends.stream().map(Backend::name).sorted().distinct().collect(Collectors.joining("', '", "'", "'"));
        frontends.forEach(frontend -> frontend.routes().backends().stream()
                .sorted()
                .forEach(target -> violations.unless(
                        backends.stream().anyMatch(backend -> backend.name().equals(target)),
                        "frontend '" + frontend.name() + "' sends to backend '" + target
                                + "', which does not exist; known backends: "
                                + (backends.isEmpty() ? "none" : known))));
    }

    private static void checkBinds(Violations violations, List<Bind> binds) {
        Set<String> seen = new HashSet<>();
        binds.forEach(bind -> violations.unless(
                seen.add(bind.inetAddress().getHostAddress() + "|" + bind.port()),
                "two binds on '" + bind.endpoint() + "'"));
    }

    /**
     * Metrics that are constant for one configuration, such as the end of a certificate. haproxy answers them itself beside
     * {@code /metrics}, so that they are available whenever haproxy runs.
     *
     * @param path below {@code /metrics/}
     * @param text in Prometheus' text format, at most 1,500 characters
     */
    public record MetricsPage(String path, String text) {
        public MetricsPage {
            new Violations("metrics page '" + path + "'")
                    .unless(
                            ConfigSyntax.isRoute(path) && path.startsWith("/metrics/"),
                            "the path is not below /metrics, or not " + ConfigSyntax.ROUTE_RULE)
                    .unless(ConfigSyntax.isMetricsText(text), "the text is not " + ConfigSyntax.METRICS_TEXT_RULE)
                    .throwIfAny();
        }
    }

    /**
     * What the worker processes, which serve the network, are confined to: they run as this user without capabilities, and see no file
     * but those in this directory. The master process stays root, since it binds ports and reads certificates at a reload.
     *
     * @param directory should be empty
     */
    public record Sandbox(String user, String group, Path directory) {
        /** The user and group that packages of haproxy create. */
        private static final String PACKAGED = "haproxy";

        public Sandbox {
            new Violations("sandbox")
                    .unless(ConfigSyntax.isName(user), "user '" + user + "' is not " + ConfigSyntax.NAME_RULE)
                    .unless(ConfigSyntax.isName(group), "group '" + group + "' is not " + ConfigSyntax.NAME_RULE)
                    .unless(
                            ConfigSyntax.isPath(directory),
                            "directory '" + directory + "' is not " + ConfigSyntax.PATH_RULE)
                    .throwIfAny();
        }

        /** Of the user that packages of haproxy create. */
        public static Sandbox in(Path directory) {
            return new Sandbox(PACKAGED, PACKAGED, directory);
        }
    }

    /**
     * A plain HTTP port that only sends clients to https.
     *
     * @param httpsPort where https is reached from outside
     */
    public record Redirect(String name, Bind bind, int httpsPort) {
        public Redirect {
            new Violations("redirect '" + name + "'")
                    .unless(ConfigSyntax.isName(name), "the name is not " + ConfigSyntax.NAME_RULE)
                    .unless(bind.tls().isEmpty(), "its bind has TLS; a redirect to https listens in plain HTTP")
                    .unless(ConfigSyntax.isPort(httpsPort), "https port " + httpsPort + " is not between 1 and 65535")
                    .throwIfAny();
        }
    }

    /**
     * Limits of the whole haproxy process.
     *
     * @param maxConnections concurrent client connections of each frontend; more wait in the kernel's accept queue
     * @param headerBytes request line and headers together (and the size of haproxy's buffers); more is answered 400
     * @param headerCount headers of one request; more is answered 400
     * @param bodyBytes the body of a request on a route that is not {@link Route#streamed}; more is answered 413. Smaller than
     *     haproxy's buffer, which holds the body until it is complete
     * @param threads of the process, 1 to 64; empty for one per processor
     */
    public record ProxyLimits(
            int maxConnections, int headerBytes, int headerCount, int bodyBytes, OptionalInt threads) {
        public static final ProxyLimits DEFAULT = new ProxyLimits(4000, 16384, 100, 8192, OptionalInt.empty());
        /** The part of a buffer that is kept free for headers that haproxy adds (tune.maxrewrite). */
        private static final int RESERVED_BYTES = 1024;

        public ProxyLimits {
            new Violations("limits")
                    .unless(
                            maxConnections >= 1 && maxConnections <= 1_000_000,
                            "max connections " + maxConnections + " is not between 1 and 1000000")
                    .unless(
                            headerBytes >= 4096 && headerBytes <= 1 << 20,
                            "header bytes " + headerBytes + " is not between 4096 and 1048576")
                    .unless(
                            headerCount >= 10 && headerCount <= 1000,
                            "header count " + headerCount + " is not between 10 and 1000")
                    .unless(
                            bodyBytes >= 1 && bodyBytes <= headerBytes - RESERVED_BYTES,
                            "body bytes " + bodyBytes + " is not between 1 and the header bytes less " + RESERVED_BYTES)
                    .unless(
                            threads.isEmpty() || (threads.getAsInt() >= 1 && threads.getAsInt() <= 64),
                            "threads " + threads.orElse(0) + " is not between 1 and 64")
                    .throwIfAny();
        }

        public ProxyLimits withMaxConnections(int newMaxConnections) {
            return new ProxyLimits(newMaxConnections, headerBytes, headerCount, bodyBytes, threads);
        }

        public ProxyLimits withThreads(int newThreads) {
            return new ProxyLimits(maxConnections, headerBytes, headerCount, bodyBytes, OptionalInt.of(newThreads));
        }
    }
}
