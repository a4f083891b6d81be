package io.livepatch.haproxy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind.Tls;
import io.livepatch.haproxy.model.LoadBalancer.MetricsPage;
import io.livepatch.haproxy.model.LoadBalancer.ProxyLimits;
import io.livepatch.haproxy.model.LoadBalancer.Redirect;
import io.livepatch.haproxy.model.Routes.Route;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {
    private static final List<String> BREAKERS =
            List.of("a\nb", "a b", "a\"b", "a'b", "a#b", "a\\b", "a\tb", "a\rb", "a\0b", "a$b", "", "ä");

    @Test
    void aMetricsPageHasNoTextThatCouldNameAVariableOrEndItsQuotes() {
        for (String text : List.of("a$b 1\n", "a\\ 1\n", "a\t1\n", "a\r1\n", "ä 1\n", "", "a".repeat(1501))) {
            assertThatThrownBy(() -> new MetricsPage("/metrics/a", text)).isInstanceOf(InvalidModelException.class);
        }
        assertThatThrownBy(() -> new MetricsPage("/metrics", "a 1\n")).isInstanceOf(InvalidModelException.class);
        assertThatThrownBy(() -> new MetricsPage("/v1/a", "a 1\n")).isInstanceOf(InvalidModelException.class);
    }

    @Test
    void aPageIsOneAnswerOfOnePath() {
        for (String text : List.of("a$b", "a\\", "", "a".repeat(8001))) {
            assertThatThrownBy(() -> new Frontend.Page("/v1/a", "text/plain", text))
                    .isInstanceOf(InvalidModelException.class);
        }
        for (String breaker : BREAKERS) {
            assertThatThrownBy(() -> new Frontend.Page("/" + breaker, "text/plain", "a"))
                    .isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> new Frontend.Page("/v1/a", "text/" + breaker, "a"))
                    .isInstanceOf(InvalidModelException.class);
        }
    }

    @Test
    void nothingThatCouldEndAWordIsANameAnAddressOrARoute() {
        for (String breaker : BREAKERS) {
            assertThatThrownBy(() -> Server.of(breaker, "10.0.0.1", 1)).isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> Server.of("a", breaker, 1)).isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> Route.to("b", "/" + breaker)).isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> Route.to("b", "/a").withEnding("/" + breaker))
                    .isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> Route.to("b", "/a").withMethods("GET" + breaker + "x"))
                    .isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> new SourceLimits(1, 1, 1, 1, List.of("10.0.0.0/8" + breaker + "x")))
                    .isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(
                            () -> new Frontend("in", List.of(Bind.plain("::", 1)), Routes.every("b"), List.of(breaker)))
                    .isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> new Frontend(breaker, List.of(Bind.plain("::", 1)), Routes.every("b")))
                    .isInstanceOf(InvalidModelException.class);
            assertThatThrownBy(() -> backend(breaker)).isInstanceOf(InvalidModelException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a b", "/a\nb", "/a'b", "/a\"b", "/a#b", "/a\\b", "/a$b", "/a,b", "/a%b", "relative"})
    void noPathCanBreakOutOfItsLine(String path) {
        assertThatThrownBy(() -> new Tls(Path.of(path)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("pem '" + path + "' is not an absolute path without space");
        assertThatThrownBy(() -> new Paths(Path.of(path))).isInstanceOf(InvalidModelException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "1.2.3", "1.2.3.256", "1.2.3.4:80", "[::1]", "::g", "fe80::1%eth0", "*"})
    void anAddressIsALiteralAddress(String address) {
        assertThatThrownBy(() -> Bind.plain(address, 80)).hasMessageContaining("is not an IP address");
    }

    @Test
    void ipv6AddressesAreWrittenInBrackets() {
        assertThat(Bind.plain("0.0.0.0", 80).endpoint()).isEqualTo("0.0.0.0:80");
        assertThat(Bind.plain("::1", 80).endpoint()).isEqualTo("[::1]:80");
    }

    @Test
    void allProblemsOfALoadBalancerAreReportedTogether() {
        Bind bind = Bind.plain("127.0.0.1", 80);
        assertThatThrownBy(() -> new LoadBalancer(
                        "lb",
                        Examples.PATHS,
                        ProxyLimits.DEFAULT,
                        Timeouts.DEFAULT,
                        Optional.empty(),
                        List.of(
                                new Frontend("in", List.of(bind), Routes.every("nowhere")),
                                new Frontend("in", List.of(bind), Routes.every("b"))),
                        List.of(new Redirect("in", Bind.plain("127.0.0.1", 80), 443)),
                        Optional.of(Bind.plain("0.0.0.0", 9)),
                        List.of(backend("b"), backend("b"), backend("source-requests"))))
                .isInstanceOfSatisfying(
                        InvalidModelException.class,
                        e -> assertThat(e.violations())
                                .containsExactly(
                                        "the name of frontend 'in' is taken",
                                        "the name of frontend 'in' is taken",
                                        "the name of backend 'b' is taken",
                                        "the name of backend 'source-requests' is taken",
                                        "frontend 'in' sends to backend 'nowhere', which does not exist; known backends: 'b', 'source-requests'",
                                        "two binds on '127.0.0.1:80'",
                                        "two binds on '127.0.0.1:80'",
                                        "metrics would listen on '0.0.0.0:9'; they name all servers and need no password,"
                                                + " so that only a loopback address is allowed"));
    }

    @Test
    void allProblemsOfAServerAreReportedTogether() {
        assertThatThrownBy(() -> new Server("a b", "x", 0, 0, 0, Server.State.READY))
                .hasMessageContaining("server 'a b': the name is not")
                .hasMessageContaining("address 'x' is not")
                .hasMessageContaining("port 0 is not")
                .hasMessageContaining("weight 0 is not")
                .hasMessageContaining("max connections 0 is");
    }

    @Test
    void twoUnitsThatHaproxyCouldNotTellApartAreRefused() {
        assertThatThrownBy(() -> Examples.units(Server.of("a/1", "10.0.0.1", 1), Server.of("a-1", "10.0.0.2", 2)))
                .hasMessage("backend 'livepatch': two servers are called 'a-1', at 10.0.0.2:2 and 10.0.0.1:1");
    }

    @Test
    void equalSetsOfServersAreEqualBackends() {
        assertThat(Examples.units(Examples.unit(10), Examples.unit(2)))
                .isEqualTo(Examples.units(Examples.unit(2), Examples.unit(10)));
        assertThat(Examples.units(Examples.unit(10), Examples.unit(2), Examples.unit(1))
                        .servers())
                .extracting(Server::name)
                .containsExactly("livepatch/1", "livepatch/2", "livepatch/10");
    }

    @Test
    void aSocketPathThatHaproxyWouldRefuseIsRefusedHere() {
        assertThat(new Paths(Path.of("/" + "x".repeat(97 - 12))).adminSocket().toString())
                .hasSize(97);
        assertThatThrownBy(() -> new Paths(Path.of("/" + "x".repeat(97 - 11))))
                .hasMessageContaining("longer than haproxy's 97 bytes; choose a shorter runtime directory");
    }

    @Test
    void durationsThatHaproxyCannotCountAreRefused() {
        for (Duration bad : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(1), Duration.ofDays(25))) {
            assertThatThrownBy(() -> new HealthCheck("/x", bad, bad, bad, 1, 1))
                    .hasMessageContaining("interval must be between 1ms and 24 days");
        }
    }

    @Test
    void aPathWhoseOtherRequestsHaveNoBackendIsRefused() {
        Route delete = Route.to("b", "/v1/client").withMethods("DELETE");
        assertThatThrownBy(() -> Routes.only(List.of(delete)))
                .hasMessageContaining("requests to '/v1/client' that match none of its routes have no backend");
        assertThat(Routes.only(List.of(delete, Route.to("c", "/v1/client"))).backends())
                .containsExactlyInAnyOrder("b", "c");
    }

    @Test
    void networksAreAddressesWithOrWithoutAPrefix() {
        for (String good : List.of("0.0.0.0/0", "192.0.2.7", "192.0.2.0/24", "::/0", "2001:db8::/128")) {
            assertThat(new SourceLimits(1, 1, 1, 1, List.of(good)).trusted()).containsExactly(good);
        }
        for (String bad :
                List.of("192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "/8", "192.0.2.0/-1", "example.com")) {
            assertThatThrownBy(() -> new SourceLimits(1, 1, 1, 1, List.of(bad)))
                    .hasMessageContaining("'" + bad + "' is not a network like 192.0.2.0/24");
        }
    }

    @Test
    void aBodyLimitAboveTheBufferIsRefused() {
        assertThatThrownBy(() -> new ProxyLimits(10, 16384, 100, 16384, OptionalInt.empty()))
                .hasMessageContaining("body bytes 16384 is not between 1 and the header bytes less 1024");
    }

    /** A path that scanners often request, and that is not a route. */
    @Test
    void theRootIsAHealthPath() {
        HealthCheck usual = Examples.CHECK;
        HealthCheck root = new HealthCheck(
                "/", usual.interval(), usual.fastInterval(), usual.timeout(), usual.fall(), usual.rise());
        assertThat(root.path()).isEqualTo("/");
    }

    private static Backend backend(String name) {
        return new Backend(name, Strategy.ROUND_ROBIN, Optional.empty(), List.of(), 0);
    }
}
