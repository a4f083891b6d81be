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
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The livepatch charm declares the formats of its options without a look at the server, which it knows by its command line only. So the
 * server is given the bounds: what the charm accepts it must read, and what the charm refuses it must refuse.
 */
class OptionBoundsIT {
    /** Of each option: two values that both accept, and two that both refuse. */
    private static final List<String> ROWS = List.of(
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
            "patch-storage.type | postgres | s3 | swift | disk",
            "patch-storage.filesystem-path | /a | /a/b | a | ./a",
            "patch-storage.s3-endpoint | s3.example.com:9000 | HTTPS://s3/ | https://s3/bucket | ftp://s3",
            "patch-storage.s3-region | us-east-1 | x | a b | ä",
            "patch-storage.s3-bucket | abc | A_b.c-d | ab | a/b",
            "patch-storage.s3-prefix | a | a/b.c/ | /a | a//b",
            "patch-storage.s3-secure | true | false | on | 1",
            "patch-storage.s3-path-style | true | false | on | 1",
            "patch-storage.scrub-interval | 0 | 8760h | 59s | 8761h",
            "patch-storage.scrub-rate | 1KiB | 1GiB | 0 | 2GiB",
            "patch-cache.enabled | true | false | on | 1",
            "patch-cache.path | /a | /a/b | a | ./a",
            "patch-cache.size | 1MiB | 16TiB | 1023KiB | 17TiB",
            "patch-cache.ttl | 1m | 87600h | 59s | 87601h");

    private final CharmMetadata charm = Charms.metadata(InstantSource.system()).get("livepatch");
    private final Scripts scripts = new Scripts(Map.of());

    @TempDir
    private Path directory;

    private static Map<String, String> column(int number) {
        Map<String, String> column = new TreeMap<>();
        ROWS.forEach(row -> column.put(row.split(" \\| ", -1)[0], row.split(" \\| ", -1)[number]));
        return column;
    }

    private Scripts.Outcome server(Map<String, String> options) throws IOException {
        StringBuilder yaml = new StringBuilder("database.connection-string: postgres://a:b@127.0.0.1:1/c\n");
        options.forEach(
                (key, value) -> yaml.append(key).append(": '").append(value).append("'\n"));
        if (!options.containsKey("server.url-template")) {
            yaml.append("server.url-template: 'http://a/{filename}'\n");
        }
        Path file = Files.writeString(directory.resolve("livepatch.yaml"), yaml);
        return scripts.run("livepatch-server", "--check", "--config", file.toString());
    }

    @Test
    void theServerReadsWhatTheCharmAccepts() throws IOException {
        for (int number : List.of(1, 2)) {
            assertThat(charm.violations(column(number))).isEmpty();
            server(column(number)).expectSuccess();
        }
    }

    @Test
    void theServerRefusesWhatTheCharmRefuses() throws IOException {
        for (int number : List.of(3, 4)) {
            TreeSet<String> refused = new TreeSet<>();
            charm.violations(column(number)).forEach(violation -> refused.addAll(violation.options()));
            assertThat(refused).isEqualTo(column(number).keySet());
            String said = server(column(number)).output();
            assertThat(refused).allSatisfy(option -> assertThat(said).contains(option));
        }
    }
}
