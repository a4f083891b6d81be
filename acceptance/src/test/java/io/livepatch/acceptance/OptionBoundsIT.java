package io.livepatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.local.Charms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bounds of every option of every charm. The livepatch charm takes types and ranges from the schema that the server's build exports,
 * and declares the patterns of texts itself. The test passes the bounds to the server, which must accept the values that the charm
 * accepts, and refuse those that the charm refuses. The bounds are literals, so that a changed bound fails the test.
 */
class OptionBoundsIT {
    private static final String HASH = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

    /** For each option that the live-patch server reads: two values that both accept, and two that both refuse. */
    private static final List<String> ROWS = List.of(
            "server.server-address | :8080 | 127.0.0.9:65535 | nonsense | :99999",
            "server.url-template | http://a/{filename} | https://[::1]:8443/v1/patches/{filename}?a=b | https://a/ | a/{filename}",
            "server.log-level | TRACE | warning | loud | 1",
            "server.drain | 0s | 10m | 10m1ms | 5",
            "server.concurrency-limit | 1 | 100000 | 0 | 100001",
            "server.burst-limit | 0 | 100000 | -1 | 100001",
            "server.trusted-proxies | 10.0.0.0/8 | ::1/128,192.0.2.1 | 10.0.0.0/33 | proxy",
            "server.connection-limit | 1 | 1000000 | 0 | 1000001",
            "server.source-connection-limit | 1 | 1000000 | 0 | 1000001",
            "server.download-limit | 1 | 100000 | 0 | 100001",
            "server.upload-limit | 1 | 32 | 0 | 33",
            "server.idle-timeout | 1s | 1h | 999ms | 1h1s",
            "server.head-timeout | 100ms | 5m | 99ms | 5m1s",
            "server.body-timeout | 100ms | 5m | 99ms | 5m1s",
            "server.min-data-rate | 0 | 1GiB | 1025MiB | 1kB",
            "server.data-rate-period | 1s | 10m | 0 | 601s",
            "server.url-ttl | 10s | 168h | 9s | 169h",
            "server.signing-key-age | 0 | 8760h | 59m | 8761h",
            "server.change-wait | 0s | 20s | 21s | 5",
            "machines.takeover-after | 1m | 8760h | 59s | 8761h",
            "server.redirect-downloads | True | FALSE | on | 1",
            "server.max-patch-size | 1KiB | 16 GiB | 1023 | 17GiB",
            "server.min-free-space | 0 | 1TiB | 2TiB | -1",
            "database.connection-pool-max | 1 | 1000 | 0 | 1001",
            "database.connection-lifetime-max | 30s | 24h | 29s | 25h",
            "auth.basic.enabled | true | False | yes | 0",
            "auth.basic.users | kim:$2y$10$" + HASH + " | kim:$2a$04$" + HASH + ",lee:$2b$15$" + HASH
                    + " | kim | kim:secret",
            "patch-storage.type | postgres | s3 | swift | disk",
            "patch-storage.filesystem-path | /a | /a/b | a | ./a",
            "patch-storage.postgres-connection-string | postgres://a:b@127.0.0.1:1/c"
                    + " | postgresql://a:b@h1:1,h2:2/c?sslmode=require | patches | mysql://a:b@127.0.0.1:1/c",
            "patch-storage.s3-endpoint | s3.example.com:9000 | HTTPS://s3/ | https://s3/bucket | ftp://s3",
            "patch-storage.s3-region | us-east-1 | x | a b | ä",
            "patch-storage.s3-bucket | abc | A_b.c-d | ab | a/b",
            "patch-storage.s3-prefix | a | a/b.c/ | /a | a//b",
            "patch-storage.s3-secure | true | false | on | 1",
            "patch-storage.s3-path-style | true | false | on | 1",
            "patch-storage.s3-ca-file | /a | /a/b | a | ./a",
            "patch-storage.s3-access-key | AKIA | x | a b | ä",
            "patch-storage.s3-secret-key | a/b+c= | x | a b | ä",
            "patch-storage.scrub-interval | 0 | 8760h | 59s | 8761h",
            "patch-storage.scrub-rate | 1KiB | 1GiB | 0 | 2GiB",
            "patch-cache.enabled | true | false | on | 1",
            "patch-cache.path | /a | /a/b | a | ./a",
            "patch-cache.size | 1MiB | 16TiB | 1023KiB | 17TiB",
            "patch-cache.ttl | 1m | 87600h | 59s | 87601h");

    private static final String REMOVAL_TIMEOUT = "removal-timeout | 1s | 24h | 999ms | 25h";

    /** The options that no server reads as they are: two values that the charm accepts, and two that it refuses. */
    private static final Map<String, List<String>> ROWS_OF_CHARMS = Map.of(
            "livepatch",
            List.of("workers | 1 | 64 | 0 | 65", "worker-mode | shared-port | proxy | shared | 1", REMOVAL_TIMEOUT),
            "haproxy",
            List.of(
                    "https-port | 8443 | 65535 | 0 | 65536",
                    "http-port | 0 | 8080 | -1 | 65536",
                    "metrics-port | 0 | 9101 | -1 | 65536",
                    "external-hostname | a | *.example.com | https://a | a:8443",
                    "strategy | round_robin | uri_hash | sticky | RANDOM",
                    "expose-admin | true | False | yes | 1",
                    "expose-debug | true | False | yes | 1",
                    "global-maxconn | 1 | 1000000 | 0 | 1000001",
                    "source-connections | 1 | 1000000 | 0 | 1000001",
                    "source-connection-rate | 1 | 1000000 | 0 | 1000001",
                    "source-requests | 1 | 1000000 | 0 | 1000001",
                    "source-request-rate | 1 | 1000000 | 0 | 1000001",
                    "trusted-cidrs | 10.0.0.0/8 | ::1, 192.0.2.1 | 10.0.0.0/33 | proxy",
                    "threads | 0 | 64 | -1 | 65",
                    "timeout-connect | 1 | 2073600 | 0 | 2073601",
                    "timeout-client | 1 | 2073600 | 0 | 2073601",
                    "timeout-server | 1 | 2073600 | 0 | 2073601",
                    // Pairs that are accepted are the subject of the charm's own tests.
                    "ca-certs |  |  | nonsense | @FILE",
                    "ssl-cert |  |  | nonsense | @FILE",
                    "ssl-key |  |  | nonsense | @FILE",
                    REMOVAL_TIMEOUT),
            "postgresql",
            List.of(
                    "port | 1024 | 65535 | 1023 | 65536",
                    "max-connections | 10 | 262143 | 9 | 262144",
                    "shared-buffers | 128kB | 64MB | 127kB | 1PB",
                    REMOVAL_TIMEOUT));

    private static final Map<String, CharmMetadata> CHARMS = Charms.metadata(InstantSource.system());

    private final CharmMetadata charm = Objects.requireNonNull(CHARMS.get("livepatch"));
    private final Scripts scripts = new Scripts(Map.of());

    @TempDir
    private Path directory;

    private static Map<String, String> column(int number) {
        return column(ROWS, number);
    }

    private static Map<String, String> column(List<String> rows, int number) {
        Map<String, String> column = new TreeMap<>();
        rows.forEach(row -> column.put(row.split(" \\| ", -1)[0], row.split(" \\| ", -1)[number]));
        return column;
    }

    private static Set<String> refused(CharmMetadata charm, Map<String, String> options) {
        Set<String> refused = new TreeSet<>();
        charm.violations(options).forEach(violation -> refused.addAll(violation.options()));
        return refused;
    }

    private Scripts.Outcome server(Map<String, String> options) throws IOException {
        StringBuilder yaml = new StringBuilder("database.connection-string: postgres://a:b@127.0.0.1:1/c\n");
        options.forEach(
                (key, value) -> yaml.append(key).append(": '").append(value).append("'\n"));
        Path file = Files.writeString(directory.resolve("livepatch.yaml"), yaml);
        return scripts.run("livepatch-server", "--check", "--config", file.toString());
    }

    @Test
    void everyOptionOfEveryCharmHasARow() {
        Set<String> options = new TreeSet<>();
        CHARMS.forEach(
                (name, metadata) -> metadata.options().keySet().forEach(option -> options.add(name + " " + option)));
        Set<String> rows = new TreeSet<>();
        column(1).keySet().forEach(option -> rows.add("livepatch " + option));
        ROWS_OF_CHARMS.forEach((name, own) -> column(own, 1).keySet().forEach(option -> rows.add(name + " " + option)));

        assertThat(CHARMS).hasSize(3);
        assertThat(rows).containsExactlyInAnyOrderElementsOf(options);
    }

    @Test
    void charmsValidateOptionsThatNoServerReads() {
        ROWS_OF_CHARMS.forEach((name, rows) -> {
            CharmMetadata metadata = Objects.requireNonNull(CHARMS.get(name));
            for (int number : List.of(1, 2)) {
                assertThat(metadata.violations(column(rows, number))).isEmpty();
            }
            for (int number : List.of(3, 4)) {
                Map<String, String> column = column(rows, number);
                assertThat(refused(metadata, column)).isEqualTo(column.keySet());
            }
        });
    }

    @Test
    void theServerAcceptsValuesThatTheCharmAccepts() throws IOException {
        for (int number : List.of(1, 2)) {
            assertThat(charm.violations(column(number))).isEmpty();
            server(column(number)).expectSuccess();
        }
    }

    @Test
    void theServerRefusesValuesThatTheCharmRefuses() throws IOException {
        for (int number : List.of(3, 4)) {
            Set<String> refused = refused(charm, column(number));
            assertThat(refused).isEqualTo(column(number).keySet());
            String said = server(column(number)).output();
            assertThat(refused).allSatisfy(option -> assertThat(said).contains(option));
        }
    }
}
