package io.livepatch.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.ClientLimitsDefaults;
import io.livepatch.server.Logs;
import io.livepatch.server.RawClient;
import io.livepatch.server.config.ServerConfig.ClientLimits;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.metrics.Metrics;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.glassfish.jersey.server.ResourceConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The address that a client used, as the server sees it: direct, behind a proxy, and from a hostile client. */
final class ClientAddressesTest {
    private static final String HTTPS = "X-Forwarded-Proto: https\r\n";

    private static final DirectRoute ADDRESS = new DirectRoute() {
        @Override
        public PathTemplate path() {
            return PathTemplate.of("/address");
        }

        @Override
        public Set<String> methods() {
            return Set.of("GET");
        }

        @Override
        public void handle(Exchange exchange, String parameter) {
            exchange.text(200, "text/plain", "<" + exchange.requestedAddress() + ">");
        }
    };

    private static final ClientLimits TRUSTED = ClientLimitsDefaults.DEFAULT;
    private static final ClientLimits UNTRUSTED = new ClientLimits(
            List.of(),
            TRUSTED.connectionLimit(),
            TRUSTED.sourceConnectionLimit(),
            TRUSTED.downloadLimit(),
            TRUSTED.uploadLimit(),
            TRUSTED.idleTimeout(),
            TRUSTED.headTimeout(),
            TRUSTED.bodyTimeout(),
            TRUSTED.minDataRate(),
            TRUSTED.dataRatePeriod());

    private static final Map<ClientLimits, HttpServer> SERVERS = new HashMap<>();

    @AfterAll
    static void closeServers() throws Exception {
        for (HttpServer server : SERVERS.values()) {
            server.close();
        }
        SERVERS.clear();
    }

    /** One server for all requests with the same limits: they leave nothing behind in it. */
    private static HttpServer server(ClientLimits limits) throws Exception {
        HttpServer running = SERVERS.get(limits);
        if (running != null) {
            return running;
        }
        HttpServer.Settings settings = new HttpServer.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                false,
                10,
                0,
                Duration.ofSeconds(5),
                1,
                limits);
        HttpServer server = new HttpServer(settings, List.of(ADDRESS), List.of(), new ResourceConfig(), new Metrics());
        SERVERS.put(limits, server);
        server.bind();
        server.start();
        return server;
    }

    private static RawClient.Answer ask(ClientLimits limits, String head) throws Exception {
        try (RawClient client = new RawClient(server(limits).port())) {
            return client.ask(head + "Connection: close\r\n\r\n");
        }
    }

    private static String address(ClientLimits limits, String headers) throws Exception {
        RawClient.Answer answer = ask(limits, "GET /address HTTP/1.1\r\n" + headers);
        assertThat(answer.status()).isEqualTo(200);
        return answer.body().substring(1, answer.body().length() - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lp.example.com",
                "LP.example.com:8443",
                "lp.example.com:443",
                "127.0.0.1:80",
                "[2001:db8::7]:8443"
            })
    void proxyThatEndedTlsSaysSo(String host) throws Exception {
        assertThat(address(TRUSTED, "Host: " + host + "\r\n" + HTTPS)).isEqualTo("https://" + host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lp.example.com:8080", "[::1]:8080", "lp.example.com:443"})
    void directClientUsesPlainHttp(String host) throws Exception {
        assertThat(address(UNTRUSTED, "Host: " + host + "\r\n")).isEqualTo("http://" + host);
    }

    @Test
    void trustedProxyThatDoesNotSayTheSchemeLeavesItUnknown() throws Exception {
        assertThat(address(TRUSTED, "Host: lp.example.com\r\n")).isEmpty();
    }

    @Test
    void proxyThatIsNotTrustedYetIsBelievedSinceItAffectsItsOwnClientsOnly() throws Exception {
        assertThat(address(UNTRUSTED, "Host: lp.example.com\r\n" + HTTPS)).isEqualTo("https://lp.example.com");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-Proto: HTTP | http://h",
                "X-Forwarded-Proto: http, https | https://h",
                "X-Forwarded-Proto: javascript | ''",
                "X-Forwarded-Proto: https:// | ''",
                "X-Forwarded-Host: evil | http://h",
                "Forwarded: host=evil;proto=https | http://h",
            })
    void schemeIsOneOfTwoWordsAndOtherFieldsAreIgnored(String field, String expected) throws Exception {
        assertThat(address(UNTRUSTED, "Host: h\r\n" + field + "\r\n")).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: \r\n",
                "Host: evil\"onload=x\r\n",
                "Host: evil host\r\n",
                "Host: evil/path\r\n",
                "Host: user@evil\r\n",
                "Host: evil:0\r\n",
                "Host: evil:99999\r\n",
                "Host: evil\u0001\r\n",
                "Host: one\r\nHost: two\r\n",
                "",
            })
    void unusableHostIsNeverRepeated(String host) throws Exception {
        try (Logs logs = Logs.capture()) {
            RawClient.Answer answer = ask(TRUSTED, "GET /address HTTP/1.1\r\n" + host + HTTPS);

            assertThat(answer.status()).isIn(200, 400);
            assertThat(answer.body()).doesNotContain("evil", "one", "two");
            assertThat(logs.lines()).noneMatch(line -> line.contains("evil"));
        }
    }

    @Test
    void overLongHostIsUnusable() throws Exception {
        assertThat(address(TRUSTED, "Host: " + "h".repeat(254) + "\r\n" + HTTPS))
                .isEmpty();
    }

    @Test
    void requestOfHttp10NeedsNoHost() throws Exception {
        assertThat(ask(TRUSTED, "GET /address HTTP/1.0\r\n" + HTTPS).body()).isEqualTo("<>");
    }
}
