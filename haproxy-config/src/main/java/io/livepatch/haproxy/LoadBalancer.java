package io.livepatch.haproxy;

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
 * @param redirects plain HTTP ports that send clients to https
 * @param metrics where {@code /metrics} is answered for Prometheus; on a loopback address only
 */
public record LoadBalancer(
        String name,
        Paths paths,
        Limits limits,
        Timeouts timeouts,
        List<Frontend> frontends,
        List<Redirect> redirects,
        Optional<Bind> metrics,
        List<Backend> backends) {
    static final String METRICS = "haproxy-metrics";

    public LoadBalancer {
        frontends = List.copyOf(frontends);
        redirects = List.copyOf(redirects);
        backends = List.copyOf(backends);
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

    /** The usual one: nothing but these, with default limits. */
    public static LoadBalancer of(String name, Paths paths, Frontend frontend, Backend backend) {
        return new LoadBalancer(
                name,
                paths,
                Limits.DEFAULT,
                Timeouts.DEFAULT,
                List.of(frontend),
                List.of(),
                Optional.empty(),
                List.of(backend));
    }

    public LoadBalancer withBackends(List<Backend> newBackends) {
        return new LoadBalancer(name, paths, limits, timeouts, frontends, redirects, metrics, newBackends);
    }

    public LoadBalancer withFrontends(List<Frontend> newFrontends) {
        return new LoadBalancer(name, paths, limits, timeouts, newFrontends, redirects, metrics, backends);
    }

    public LoadBalancer withRedirects(List<Redirect> newRedirects) {
        return new LoadBalancer(name, paths, limits, timeouts, frontends, newRedirects, metrics, backends);
    }

    public LoadBalancer withMetrics(Bind newMetrics) {
        return new LoadBalancer(name, paths, limits, timeouts, frontends, redirects, Optional.of(newMetrics), backends);
    }

    public LoadBalancer withLimits(Limits newLimits) {
        return new LoadBalancer(name, paths, newLimits, timeouts, frontends, redirects, metrics, backends);
    }

    public LoadBalancer withTimeouts(Timeouts newTimeouts) {
        return new LoadBalancer(name, paths, limits, newTimeouts, frontends, redirects, metrics, backends);
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
        Set<String> targets = new HashSet<>();
        backends.forEach(backend ->
                problems.unless(targets.add(backend.name()), "the name of backend '" + backend.name() + "' is taken"));
        String known = targets.stream().sorted().collect(Collectors.joining("', '", "'", "'"));
        frontends.forEach(frontend -> problems.unless(
                targets.contains(frontend.defaultBackend()),
                "frontend '" + frontend.name() + "' sends to backend '" + frontend.defaultBackend()
                        + "', which is not there; there is " + (targets.isEmpty() ? "none" : known)));
    }

    private static void checkBinds(Problems problems, List<Bind> binds) {
        Set<String> seen = new HashSet<>();
        binds.forEach(bind -> problems.unless(
                seen.add(bind.inetAddress().getHostAddress() + "|" + bind.port()),
                "two binds on '" + bind.endpoint() + "'"));
    }
}
