package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.Frontend.Page;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.LoadBalancer.Redirect;
import io.livepatch.haproxy.model.Routes;
import io.livepatch.haproxy.model.Routes.Route;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.haproxy.model.Timeouts;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Load balancers whose text is kept in {@code golden/<name>.cfg}. */
public enum Golden {
    /** One frontend, one backend, no limits. */
    USUAL {
        @Override
        LoadBalancer loadBalancer() {
            return Examples.usual();
        }
    },
    /** Every feature at once: limits, redirect, metrics, HSTS, IPv6, drain, maintenance, several frontends and backends. */
    EVERYTHING {
        @Override
        LoadBalancer loadBalancer() {
            Tls tls = new Tls(Examples.PEM, Optional.of(Duration.ofDays(730)));
            Frontend world = new Frontend(
                    "world",
                    List.of(Bind.secure("0.0.0.0", 8443, tls), Bind.secure("::", 8443, tls)),
                    Routes.only(List.of(
                            Route.to("others", "/v1/client").withEnding("/pings"),
                            Route.to("others", "/v1/client").withMethods("PUT", "DELETE"),
                            Route.to("livepatch", "/v1/client"),
                            Route.to("others", "/v1/admin").asStreamed())));
            Frontend office = new Frontend(
                            "office", List.of(Bind.secure("127.0.0.1", 9443, tls)), Examples.routes("/debug"))
                    .withPages(List.of(new Page("/v1/a", "text/plain", "a \"b\"\n")));
            Frontend any = new Frontend("any", List.of(Bind.plain("127.0.0.1", 9000)), Routes.every("others"));
            Frontend none = new Frontend("none", List.of(Bind.plain("127.0.0.1", 9001)), Routes.only(List.of()));
            Backend units = Examples.units(
                    Examples.unit(10),
                    Examples.unit(2).withState(Server.State.DRAIN),
                    Examples.unit(1).withState(Server.State.MAINTENANCE));
            Backend others = new Backend(
                    "others",
                    Strategy.URI_HASH,
                    Optional.empty(),
                    List.of(Server.of("a", "::1", 1), Server.of("b", "10.0.0.2", 65535)),
                    0);
            return new LoadBalancer(
                            "haproxy/12",
                            Examples.PATHS,
                            new ProxyLimits(1500, 32768, 60, 10_000, OptionalInt.of(2)),
                            new Timeouts(
                                    Duration.ofMillis(1500),
                                    Duration.ofMinutes(1),
                                    Duration.ofMinutes(2),
                                    Duration.ofSeconds(5),
                                    Duration.ofSeconds(6),
                                    Duration.ofMillis(1),
                                    Duration.ofSeconds(7),
                                    Duration.ofHours(1)),
                            Optional.of(new SourceLimits(40, 300, 20, 1000, List.of("192.0.2.0/24", "2001:db8::/32"))),
                            List.of(world, office, any, none),
                            List.of(new Redirect("to-https", Bind.plain("0.0.0.0", 8080), 8443)),
                            Optional.of(Bind.plain("127.0.0.1", 8404)),
                            List.of(units, others))
                    .withSandbox(Optional.of(LoadBalancer.Sandbox.in(Path.of("/var/lib/haproxy"))));
        }
    },
    /** Before the first unit has joined. */
    EMPTY {
        @Override
        LoadBalancer loadBalancer() {
            return Examples.usual().withBackends(List.of(Examples.units()));
        }
    };

    abstract LoadBalancer loadBalancer();

    public String text() {
        String file = "/golden/" + name().toLowerCase(Locale.ROOT) + ".cfg";
        try (InputStream in = Golden.class.getResourceAsStream(file)) {
            return in == null ? "no " + file : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
