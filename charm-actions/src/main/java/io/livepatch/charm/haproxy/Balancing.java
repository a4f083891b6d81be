package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Config;
import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.api.Unit;
import io.livepatch.haproxy.Backend;
import io.livepatch.haproxy.Bind;
import io.livepatch.haproxy.Frontend;
import io.livepatch.haproxy.Limits;
import io.livepatch.haproxy.LivepatchRoute;
import io.livepatch.haproxy.LoadBalancer;
import io.livepatch.haproxy.Redirect;
import io.livepatch.haproxy.Routes;
import io.livepatch.haproxy.Server;
import io.livepatch.haproxy.Strategy;
import io.livepatch.haproxy.Timeouts;
import io.livepatch.haproxy.Tls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** From the charm's options and what relations say to the description of a load balancer. Pure. */
final class Balancing {
    private static final String BACKEND = "livepatch";

    private Balancing() {}

    static LoadBalancer of(Unit unit, Frontage frontage, Site site, List<Server> servers) {
        Config config = unit.config();
        Frontend frontend = new Frontend(
                "https",
                List.of(Bind.secure(frontage.address(), frontage.httpsPort(), new Tls(site.pem()))),
                BACKEND,
                Routes.livepatch(exposed(config)));
        LoadBalancer balancer = LoadBalancer.of(
                        unit.name().toString(),
                        Layout.of(unit).paths(),
                        frontend,
                        Backend.livepatch(BACKEND, servers).withStrategy(strategy(config.string("strategy"))))
                .withLimits(Limits.DEFAULT.withMaxConnections(config.number("global-maxconn")))
                .withTimeouts(timeouts(config));
        return frontage.httpPort() == 0
                ? balancer
                : balancer.withRedirects(List.of(new Redirect(
                        "http", Bind.plain(frontage.address(), frontage.httpPort()), frontage.httpsPort())));
    }

    private static Timeouts timeouts(Config config) {
        Timeouts usual = Timeouts.DEFAULT;
        return new Timeouts(
                Duration.ofSeconds(config.number("timeout-connect")),
                Duration.ofSeconds(config.number("timeout-client")),
                Duration.ofSeconds(config.number("timeout-server")),
                usual.httpRequest(),
                usual.httpKeepAlive(),
                usual.queue(),
                usual.hardStop());
    }

    private static LivepatchRoute[] exposed(Config config) {
        List<LivepatchRoute> routes = new ArrayList<>();
        if (config.flag("expose-admin")) {
            routes.add(LivepatchRoute.ADMIN);
        }
        if (config.flag("expose-debug")) {
            routes.addAll(List.of(LivepatchRoute.DEBUG, LivepatchRoute.METRICS, LivepatchRoute.LIVE));
        }
        return routes.toArray(LivepatchRoute[]::new);
    }

    private static Strategy strategy(String name) {
        List<String> known = Arrays.stream(Strategy.values())
                .map(it -> it.name().toLowerCase(Locale.ROOT))
                .toList();
        if (!known.contains(name)) {
            throw new CharmException.Blocked(
                    "strategy '" + name + "' is refused, what runs keeps running" + Suggestion.after(name, known));
        }
        return Strategy.valueOf(name.toUpperCase(Locale.ROOT));
    }
}
