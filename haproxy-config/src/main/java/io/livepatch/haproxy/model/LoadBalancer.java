package io.livepatch.haproxy.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that one haproxy does. An instance is consistent: its parts fit together, or it was not built.
 *
 * @param name who this is in haproxy's own reports, as a unit's name
 * @param sourceLimits how much one client address may take; empty for a balancer whose clients are known
 * @param redirects plain HTTP ports that send clients to https
 * @param metrics where haproxy answers {@code /metrics} and {@code /metrics/refused} for Prometheus; on a loopback address only
 * @param metricsPages what is answered there besides; nothing while there is no {@code metrics}
 */
public record LoadBalancer(
        String name,
        Paths paths,
        Limits limits,
        Timeouts timeouts,
        Optional<SourceLimits> sourceLimits,
        List<Frontend> frontends,
        List<Redirect> redirects,
        Optional<Bind> metrics,
        List<Backend> backends,
        List<MetricsPage> metricsPages) {
    /** The frontend that answers {@code metrics}; no other may have its name. */
    public static final String METRICS = "haproxy-metrics";
    /** The backend that counts the connections of each client address; it has no servers, and no other may have its name. */
    public static final String CONNECTION_TABLE = "source-connections";

    /** The same for requests. */
    public static final String REQUEST_TABLE = "source-requests";
    /** Connections that only the metrics frontend may take: it answers while the others are full. */
    public static final int METRICS_CONNECTIONS = 100;

    private static final int DESCRIPTORS_BESIDES = 200;

    public LoadBalancer {
        frontends = List.copyOf(frontends);
        redirects = List.copyOf(redirects);
        backends = List.copyOf(backends);
        metricsPages = List.copyOf(metricsPages);
        Problems problems = new Problems("load balancer '" + name + "'")
                .unless(Grammar.isUnitName(name), "the name is not like haproxy/0 or " + Grammar.NAME_RULE)
                .unless(!frontends.isEmpty(), "it has no frontend");
        checkNames(problems, frontends, redirects, backends);
        checkBinds(problems, binds(frontends, redirects, metrics));
        problems.unless(
                metrics.isEmpty() || metrics.get().inetAddress().isLoopbackAddress(),
                "metrics would listen on '" + metrics.map(Bind::endpoint).orElse("")
                        + "'; they tell about all servers and ask for no password, so only loopback will do");
        problems.throwIfAny();
    }

    /** One without metrics pages. */
    public LoadBalancer(
            String name,
            Paths paths,
            Limits limits,
            Timeouts timeouts,
            Optional<SourceLimits> sourceLimits,
            List<Frontend> frontends,
            List<Redirect> redirects,
            Optional<Bind> metrics,
            List<Backend> backends) {
        this(name, paths, limits, timeouts, sourceLimits, frontends, redirects, metrics, backends, List.of());
    }

    /** The usual one: nothing but these, with default limits. */
    public static LoadBalancer of(String name, Paths paths, Frontend frontend, Backend... backends) {
        return new LoadBalancer(
                name,
                paths,
                Limits.DEFAULT,
                Timeouts.DEFAULT,
                Optional.empty(),
                List.of(frontend),
                List.of(),
                Optional.empty(),
                List.of(backends));
    }

    public LoadBalancer withBackends(List<Backend> newBackends) {
        return new LoadBalancer(
                name, paths, limits, timeouts, sourceLimits, frontends, redirects, metrics, newBackends, metricsPages);
    }

    public LoadBalancer withFrontends(List<Frontend> newFrontends) {
        return new LoadBalancer(
                name, paths, limits, timeouts, sourceLimits, newFrontends, redirects, metrics, backends, metricsPages);
    }

    public LoadBalancer withRedirects(List<Redirect> newRedirects) {
        return new LoadBalancer(
                name, paths, limits, timeouts, sourceLimits, frontends, newRedirects, metrics, backends, metricsPages);
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
                metricsPages);
    }

    public LoadBalancer withLimits(Limits newLimits) {
        return new LoadBalancer(
                name, paths, newLimits, timeouts, sourceLimits, frontends, redirects, metrics, backends, metricsPages);
    }

    public LoadBalancer withTimeouts(Timeouts newTimeouts) {
        return new LoadBalancer(
                name, paths, limits, newTimeouts, sourceLimits, frontends, redirects, metrics, backends, metricsPages);
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
                metricsPages);
    }

    public LoadBalancer withMetricsPages(List<MetricsPage> newPages) {
        return new LoadBalancer(
                name, paths, limits, timeouts, sourceLimits, frontends, redirects, metrics, backends, newPages);
    }

    /** Client connections that a redirect takes at once. It answers without a backend, so a quarter of the others' is plenty. */
    public int redirectConnections() {
        return Math.max(1, limits.maxConnections() / 4);
    }

    /** Client connections of all frontends together. Each has its own, so that none is kept waiting by a full one. */
    public int connections() {
        return frontends.size() * limits.maxConnections()
                + redirects.size() * redirectConnections()
                + (metrics.isPresent() ? METRICS_CONNECTIONS : 0);
    }

    /** File descriptors that haproxy needs: both ends of each connection, and listeners, checks, sockets. */
    public int fileDescriptors() {
        return 2 * connections() + DESCRIPTORS_BESIDES;
    }

    /** Everything it listens on. */
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
            Problems problems, List<Frontend> frontends, List<Redirect> redirects, List<Backend> backends) {
        Set<String> entrances = new HashSet<>(Set.of(METRICS));
        Stream.concat(frontends.stream().map(Frontend::name), redirects.stream().map(Redirect::name))
                .forEach(name -> problems.unless(entrances.add(name), "the name of frontend '" + name + "' is taken"));
        Set<String> targets = new HashSet<>(Set.of(CONNECTION_TABLE, REQUEST_TABLE));
        backends.forEach(backend ->
                problems.unless(targets.add(backend.name()), "the name of backend '" + backend.name() + "' is taken"));
        String known =
                backends.stream().map(Backend::name).sorted().distinct().collect(Collectors.joining("', '", "'", "'"));
        frontends.forEach(frontend -> frontend.routes().backends().stream()
                .sorted()
                .forEach(target -> problems.unless(
                        backends.stream().anyMatch(backend -> backend.name().equals(target)),
                        "frontend '" + frontend.name() + "' sends to backend '" + target
                                + "', which is not there; there is " + (backends.isEmpty() ? "none" : known))));
    }

    private static void checkBinds(Problems problems, List<Bind> binds) {
        Set<String> seen = new HashSet<>();
        binds.forEach(bind -> problems.unless(
                seen.add(bind.inetAddress().getHostAddress() + "|" + bind.port()),
                "two binds on '" + bind.endpoint() + "'"));
    }
}
