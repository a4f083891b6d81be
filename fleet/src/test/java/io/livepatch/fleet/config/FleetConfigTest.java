package io.livepatch.fleet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.OptionTable;
import io.livepatch.common.config.Secret;
import io.livepatch.fleet.config.FleetConfig.Discovery;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FleetConfigTest {
    private static final String SERVER = "server: {url: 'https://localhost:8443'}\n";
    private static final String PEERS =
            SERVER + "replicas: {index: 1, peers: ['http://a:1', 'http://b:2', 'http://c:3/']}\n";

    @TempDir
    Path directory;

    private static FleetConfig read(String yaml) {
        return FleetConfig.read(yaml, Map.of());
    }

    private static FleetConfig.Replicas replicas(String yaml, Map<String, String> environment) {
        return FleetConfig.read(yaml, environment).replicas();
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void serverUrlIsTheOnlyRequiredOption() {
        FleetConfig config = read(SERVER);
        assertThat(config.server().server()).hasToString("https://localhost:8443");
        assertThat(config.server().authToken()).isEmpty();
        assertThat(config.server().transport())
                .isEqualTo(new Transport(false, false, List.of(), 1000, Duration.ofSeconds(30)));
        assertThat(config.replicas().count()).isEqualTo(1);
        assertThat(config.replicas().discovery()).isEqualTo(new Discovery.Single());
        assertThat(config.api().listen()).isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8190));
        assertThat(config.flocks()).isEmpty();
    }

    @Test
    void everySectionIsRead() throws Exception {
        Path token = file("token", "a-token\n");
        Path ca = file("ca.pem", TestCertificate.of(directory, "DNS:localhost").pem());
        Path yaml = file("fleet.yaml", """
                server:
                  url: http://localhost:8080/
                  allow_http: true
                  ca-certs: %s
                  auth-token-file: %s
                  http: 1.1
                  connections: new
                  in-flight: 700
                  local_addresses: [127.0.0.21, 127.0.0.22]
                  timeout: 5s
                api: {listen: ':0', token-file: %s}
                report: {json: out/a.json, junit: out/a.xml, html: out/a.html}
                autostart:
                  - {name: one, count: 3, business: empty-loop}
                  - {name: two, count: 3, business: fetch}
                """.formatted(ca, token, token));

        FleetConfig config = FleetConfig.read(yaml, Map.of());

        Target server = config.server();
        assertThat(server.server().allowHttp()).isTrue();
        assertThat(server.authorities()).isPresent();
        assertThat(server.authToken()).contains(new Secret("a-token"));
        assertThat(server.transport())
                .isEqualTo(new Transport(
                        false,
                        true,
                        List.of(InetAddress.ofLiteral("127.0.0.21"), InetAddress.ofLiteral("127.0.0.22")),
                        700,
                        Duration.ofSeconds(5)));
        assertThat(config.api().listen()).isEqualTo(new InetSocketAddress(0));
        assertThat(config.api().token()).contains(new Secret("a-token"));
        assertThat(config.report().html()).contains(Path.of("out/a.html"));
        assertThat(config.flocks()).extracting(Flock::name).containsExactly("one", "two");
        assertThat(config.toString()).doesNotContain("a-token");
    }

    @Test
    void http2ExcludesNewConnections() {
        assertThat(read("server: {url: 'https://localhost:8443', http: 2}\n")
                        .server()
                        .transport()
                        .http2())
                .isTrue();
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read("server: {url: 'https://localhost:8443', http: 2, connections: new}\n"))
                .withMessageContaining("server.connections: cannot be new over h2");
    }

    @Test
    void replicasAreDiscoveredByAPeerList() {
        FleetConfig.Replicas config = replicas(PEERS, Map.of());
        assertThat(config.count()).isEqualTo(3);
        assertThat(config.address()).contains(URI.create("http://b:2"));
        assertThat(config.discovery())
                .isEqualTo(new Discovery.Peers(
                        List.of(URI.create("http://a:1"), URI.create("http://b:2"), URI.create("http://c:3"))));
        assertThat(config.lostAfter()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.startTimeout()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void replicasAreDiscoveredInADatabase() throws IOException {
        String rest = "/fleet', run: nightly, lost-after: 2s, start_timeout: 0s";
        String yaml = SERVER + "replicas: {count: 2, database: 'postgres://me%s@db:5432" + rest;
        Path password = file("password", "p@ss w\u00f6rd\n");

        FleetConfig.Replicas inline = replicas(yaml.formatted(":se%40cret") + "}", Map.of());
        assertThat(inline.discovery())
                .isEqualTo(new Discovery.Database(new Secret("postgres://me:se%40cret@db:5432/fleet")));
        assertThat(inline.toString()).doesNotContain("cret");
        assertThat(inline.run()).isEqualTo("nightly");
        assertThat(inline.lostAfter()).isEqualTo(Duration.ofSeconds(2));
        assertThat(inline.startTimeout()).isZero();
        assertThat(replicas(yaml.formatted("") + ", database-password-file: " + password + "}", Map.of())
                        .discovery())
                .isEqualTo(new Discovery.Database(new Secret("postgres://me:p%40ss%20w%C3%B6rd@db:5432/fleet")));
    }

    @Test
    void environmentOverridesTheReplica() {
        assertThat(replicas(PEERS, Map.of("FLEET_REPLICA_INDEX", "2")).index()).isEqualTo(2);
        assertThat(replicas(PEERS, Map.of("MOBU_REPLICA_INDEX", "0")).index()).isZero();
        assertThat(replicas(PEERS, Map.of("MOBU_REPLICA_INDEX", "0", "FLEET_REPLICA_INDEX", "fleet-pod-2"))
                        .address())
                .contains(URI.create("http://c:3"));
        assertThat(replicas(PEERS, Map.of("FLEET_REPLICA_COUNT", "3", "FLEET_REPLICA_INDEX", " "))
                        .index())
                .isEqualTo(1);
        String database = SERVER + "replicas: {database: 'postgres://a:b@c/d'}";
        FleetConfig.Replicas config =
                replicas(database, Map.of("FLEET_REPLICA_COUNT", "9", "FLEET_REPLICA_ADDRESS", "http://10.0.0.7:8190"));
        assertThat(config.count()).isEqualTo(9);
        assertThat(config.address()).contains(URI.create("http://10.0.0.7:8190"));
    }

    @ParameterizedTest
    @CsvSource({
        "COUNT, none, 'environment variable FLEET_REPLICA_COUNT: replicas.count: ''none'' is not a whole number; give'",
        "COUNT, 4, 'replicas.peers: has 3 entries for 4 replicas; give the address of each'",
        "INDEX, pod, 'environment variable FLEET_REPLICA_INDEX: replicas.index: ''pod'' is not an index; give a number'",
        "INDEX, pod-3, 'replicas.index: ''3'' is not below the number of replicas, 3; give a number from 0 to 2'"
    })
    void invalidEnvironmentIsReported(String name, String value, String problem) {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> FleetConfig.read(PEERS, Map.of("FLEET_REPLICA_" + name, value)))
                .satisfies(e -> assertThat(e.problems()).hasSize(1))
                .withMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {servr: {}}                                            | :1: servr: unknown key; did you mean 'server'?
            {server: {}}                                           | :1: server.url: is missing; give https://host:port
            {server: {url: 'http://a'}}                            | server.url: is plain http, which exposes tokens; give https, or 'allow-http: true'
            {server: {url: nowhere}}                               | server.url: 'nowhere' is not the URL of a server
            {server: {url: 'https://a', http: 3}}                  | server.http: '3' is not a known version; give 1.1 or 2
            {server: {url: 'https://a', local-addresses: [localhost]}} | server.local-addresses[0]: 'localhost' is not an IP address
            {server: {url: 'https://a', local-addresses: [192.0.2.1]}} | server.local-addresses[0]: '192.0.2.1' is not an address of this machine
            {server: {url: 'https://a', connections: now}}         | server.connections: 'now' is not known (did you mean 'new'?); give keep or new
            {server: {url: 'https://a', ca-certs: /none}}          | server.ca-certs: '/none' names a file that cannot be read; give the path of a PEM file
            {server: {url: 'https://a', auth-token: a, auth-token-file: b}} | server.auth-token: is given beside 'auth-token-file'
            {replicas: {count: 2}}                                 | replicas.count: '2' replicas cannot find each other; give 'peers' or 'database'
            {replicas: {index: 1}}                                 | replicas.index: '1' is not below the number of replicas, 1
            {replicas: {lost-after: 10ms}}                         | replicas.lost-after: '10ms' is out of range; give a duration from 1s to 1h
            {replicas: {peers: ['ftp://a']}}                       | replicas.peers[0]: 'ftp://a' is not the URL of a server
            {replicas: {peers: ['http://a'], database: 'postgres://a:b@c/d'}} | replicas.peers: is given beside 'database'; keep one
            {replicas: {database: 'postgres://a@c/d'}}             | replicas.database: its password is missing; give it here or in 'database-password-file'
            {replicas: {database: 'postgres://a:b@c/d?ssl_mode=require'}} | replicas.database: '***' has the unknown parameter 'ssl_mode', did you mean 'sslmode'?
            {replicas: {database: 'postgres://a:b@c/d?sslmode=requir&x=1'}} | has a value for 'sslmode' that is not known, did you mean 'require'?; has the unknown parameter 'x'
            {replicas: {database-password-file: /dev/null}}        | replicas.database-password-file: has no effect without 'database'
            {replicas: {database: 'postgres://a@c/d', database-password-file: /none}} | replicas.database-password-file: '***' names a file that cannot be read; give the path of a file with a password
            {replicas: {count: 2, database: 'postgres://a:b@c/d'}, api: {listen: ':1'}} | replicas.address: is missing, and 'api.listen' is a wildcard address
            {replicas: {run: a b}}                                 | replicas.run: 'a b' does not have the right form; give a word of letters
            {api: {listen: 127.0.0.1}}                             | api.listen: '127.0.0.1' is not host:port; give an address such as
            {api: {listen: '127.0.0.1:70000'}}                     | api.listen: '127.0.0.1:70000' has a port above 65535
            {report: {htm: a}}                                     | report.htm: unknown key; did you mean 'html'?
            {flocks: {}}                                           | flocks: is a mapping; give a list
            {flocks: [{name: a, count: 1, business: fetch}, {name: a, count: 1, business: fetch}]} | flocks[1].name: 'a' is that of flocks[0]; give another
            {flocks: [], autostart: []}                            | autostart: is given twice; keep one of them; flocks and autostart are names of one option
            """)
    void problemIsReported(String yaml, String problem) {
        String whole = yaml.contains("server: {") ? yaml : "{server: {url: 'https://localhost'}, " + yaml.substring(1);
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read(whole))
                .withMessageContaining("configuration:")
                .withMessageContaining(problem);
    }

    @Test
    void errorsQuoteNoSecret() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read("""
                        server: {url: 'https://me:hunter2@localhost', auth-token: hunter2 hunter2, auth-token-file: hunter2}
                        replicas: {count: 2, database: 'postgre://me:hunter2@db/fleet', database-password-file: hunter2}
                        api: {token-file: hunter2}
                        """))
                .satisfies(e -> assertThat(e.problems()).hasSizeGreaterThan(5))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
    }

    @Test
    void missingFileIsReported() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> FleetConfig.read(directory.resolve("none.yaml"), Map.of()))
                .withMessageContaining("none.yaml: does not exist; give the path of a YAML file");
    }

    /** Writes the tables instead, if the system property docs.write is true. */
    @Test
    void documentHasTheTablesOfAllOptions() throws IOException {
        Path document = Path.of("..", "docs", "fleet.md");
        String current = Files.readString(document);
        String renewed = OptionTable.renew(current, FleetConfig.Options.class, KeyStyle.HYPHENS);
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(document, renewed);
        } else {
            assertThat(current)
                    .as("docs/fleet.md, whose tables this test writes with -Ddocs.write=true")
                    .isEqualTo(renewed);
        }
    }
}
