package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.api.Unit;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.LoadBalancer.Redirect;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.haproxy.model.Timeouts;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Maps the charm's options and the published servers to a load balancer. Pure. */
final class LoadBalancerFactory {
    private LoadBalancerFactory() {}

    static LoadBalancer of(
            Unit unit,
            PublicEndpoint endpoint,
            CertificateFile certificate,
            List<Server> servers,
            TrustBundle trusted) {
        CharmConfig config = unit.config();
        Frontend frontend = new Frontend(
                        "https",
                        List.of(Bind.secure(endpoint.address(), endpoint.httpsPort(), new Tls(certificate.pem()))),
                        LivepatchRouting.routes(config.flag("expose-admin"), config.flag("expose-debug")))
                .withPages(trusted.pages());
        List<Redirect> redirects = endpoint.httpPort() == 0
                ? List.of()
                : List.of(new Redirect(
                        "http", Bind.plain(endpoint.address(), endpoint.httpPort()), endpoint.httpsPort()));
        HaproxyPaths paths = HaproxyPaths.of(unit);
        return new LoadBalancer(
                        unit.name().toString(),
                        paths.paths(),
                        limits(config),
                        timeouts(config),
                        Optional.of(sourceLimits(config)),
                        List.of(frontend),
                        redirects,
                        metrics(unit),
                        LivepatchRouting.backends(strategy(config.string("strategy")), servers))
                .withSandbox(paths.sandbox());
    }

    private static ProxyLimits limits(CharmConfig config) {
        ProxyLimits limits = ProxyLimits.DEFAULT.withMaxConnections(config.number("global-maxconn"));
        int threads = config.number("threads");
        return threads == 0 ? limits.withThreads(defaultThreads()) : limits.withThreads(threads);
    }

    /** Half of the processors: the units, the database and the kernel need the others (docs/performance.md has the figures). */
    private static int defaultThreads() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 64);
    }

    private static SourceLimits sourceLimits(CharmConfig config) {
        return new SourceLimits(
                config.number("source-connections"),
                config.number("source-connection-rate"),
                config.number("source-requests"),
                config.number("source-request-rate"),
                trusted(config));
    }

    static List<String> trusted(CharmConfig config) {
        return config.text("trusted-cidrs").map(LoadBalancerFactory::networks).orElse(List.of());
    }

    static List<String> networks(String text) {
        return List.of(text.strip().split("[,\\s]+"));
    }

    /**
     * Where {@code /metrics} and {@code /health} are answered, on loopback only; nowhere when the option {@code metrics-port} is 0.
     */
    private static Optional<Bind> metrics(Unit unit) {
        int port = unit.config().number("metrics-port");
        boolean loopback = InetAddress.ofLiteral(unit.address()).isLoopbackAddress();
        return port == 0 ? Optional.empty() : Optional.of(Bind.plain(loopback ? unit.address() : "127.0.0.1", port));
    }

    private static Timeouts timeouts(CharmConfig config) {
        Timeouts defaults = Timeouts.DEFAULT;
        return new Timeouts(
                Duration.ofSeconds(config.number("timeout-connect")),
                Duration.ofSeconds(config.number("timeout-client")),
                Duration.ofSeconds(config.number("timeout-server")),
                defaults.httpRequest(),
                defaults.body(),
                defaults.httpKeepAlive(),
                defaults.queue(),
                defaults.hardStop());
    }

    private static Strategy strategy(String name) {
        return Strategy.named(name)
                .orElseThrow(() -> new CharmException.Blocked("strategy '" + name
                        + "' is refused, the running configuration is kept"
                        + Suggestion.after(name, Strategy.names())));
    }
}
