package io.livepatch.charm.livepatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The values of livepatch's options that {@code config} and {@code deploy} refuse. */
class LivepatchRulesTest {
    private final CharmMetadata livepatch = new LivepatchCharm(InstantSource.system()).metadata();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "workers|0|workers is 0 and may be from 1 to 64, such as 1",
                "workers|65|workers is 65 and may be from 1 to 64",
                "workers|99999999999|workers is 99999999999 and may be from 1 to 64",
                "worker-mode|shared|worker-mode is 'shared' and may be shared-port or proxy; did you mean 'shared-port'?",
                "worker-mode|proxi|worker-mode is 'proxi' and may be shared-port or proxy; did you mean 'proxy'?",
                "worker-mode|''|worker-mode is '' and may be",
                "patch-storage.type|postgrse|patch-storage.type is 'postgrse' and may be filesystem, postgres or s3; did you"
                        + " mean 'postgres'?",
                "server.server-address|8080|server.server-address is '8080' and may be address:port or :port",
                "server.server-address|nonsense|server.server-address is 'nonsense' and may be address:port or :port",
                "server.server-address|:99999|server.server-address is ':99999' and may be",
                "server.server-address|host:8080|server.server-address is 'host:8080' and may be",
                "server.server-address|12:8080|server.server-address is '12:8080' and may be",
                "server.server-address|:+80|server.server-address is ':+80' and may be",
                "server.url-template|https://lp.example.com/|may be an http or https URL with {filename} in it once",
                "server.url-template|https://lp.example.com:99999/{filename}|may be an http or https URL",
                "server.url-template|https://[::1/{filename}|may be an http or https URL",
                "server.url-template|https://:/{filename}|may be an http or https URL",
                "patch-storage.s3-endpoint|s3:99999|may be a URL without a path, or host:port",
                "patch-storage.s3-endpoint|https://s3:0|may be a URL without a path, or host:port",
                "patch-storage.postgres-connection-string|postgres://u:p@h:99999/d|may be postgres://user:password@host:port",
                "patch-storage.postgres-connection-string|postgres://u:p@h:abc/d|may be postgres://user:password@host:port",
                "patch-storage.postgres-connection-string|postgres://u:p@h,%zz/d|may be postgres://user:password@host:port",
                "server.log-level|loud|may be trace, debug, info, warn, error or warning, such as info",
                "server.drain|11m|server.drain is '11m' and may be a duration from 0s to 10m, such as 0s",
                "server.drain|5|may be a duration",
                "server.drain|-1s|may be a duration",
                "server.url-ttl|9s|server.url-ttl is '9s' and may be a duration from 10s to 168h, such as 1h",
                "server.url-ttl|1h30|may be a duration",
                "server.head-timeout|99ms|may be a duration from 100ms to 5m",
                "server.concurrency-limit|0|may be from 1 to 100000, such as 1000",
                "server.upload-limit|33|server.upload-limit is 33 and may be from 1 to 32, such as 4",
                "server.min-data-rate|1kB|may be a size up to 1GiB, or 0 for no minimum, such as 1KiB",
                "server.max-patch-size|17GiB|may be a size from 1KiB to 16GiB, such as 64MiB",
                "server.max-patch-size|1023|may be a size from 1KiB to 16GiB",
                "server.trusted-proxies|10.0.0.0/33|may be IP addresses and networks, separated by commas",
                "server.trusted-proxies|proxy.example.com|may be IP addresses and networks",
                "server.redirect-downloads|on|server.redirect-downloads is 'on' and may be true or false",
                "database.connection-pool-max|0|may be from 1 to 1000, such as 10",
                "database.connection-lifetime-max|29s|may be a duration from 30s to 24h",
                "patch-storage.filesystem-path|patches|may be an absolute path, such as /var/lib/livepatch/patches",
                "patch-storage.s3-endpoint|https://s3.example.com/bucket|may be a URL without a path, or host:port",
                "patch-storage.s3-bucket|ab|may be the name of a bucket",
                "patch-storage.s3-prefix|/here|may be letters, digits",
                "patch-storage.s3-ca-file|ca.pem|may be the absolute path of a PEM file",
                "patch-storage.scrub-interval|59s|may be a duration from 1m to 8760h, or 0 for never, such as 168h",
                "patch-storage.scrub-rate|0|may be a size from 1KiB to 1GiB",
                "patch-cache.size|1|may be a size from 1MiB to 16TiB, such as 1GiB",
                "patch-cache.ttl|0|may be a duration from 1m to 87600h, such as 720h"
            })
    void invalidValuesAreRefused(String option, String value, String message) {
        assertThat(livepatch.problems(Map.of(), Map.of(option, value)))
                .singleElement()
                .asString()
                .contains(message, option);
    }

    @Test
    void valuesThatTheServerReadsAreAccepted() {
        assertThat(livepatch.problems(
                        Map.of(),
                        Map.ofEntries(
                                Map.entry("server.log-level", "WARNING"),
                                Map.entry("patch-storage.type", "S3"),
                                Map.entry("patch-storage.s3-bucket", "patches"),
                                Map.entry("workers", "64"),
                                Map.entry("server.server-address", "127.0.0.9:8081"),
                                Map.entry("server.drain", "1m30.5s"),
                                Map.entry("server.min-data-rate", "0"),
                                Map.entry("server.max-patch-size", "16 GiB"),
                                Map.entry("server.trusted-proxies", "10.0.0.0/8, ::1/128 192.0.2.1"),
                                Map.entry("patch-storage.scrub-interval", "0"),
                                Map.entry("server.redirect-downloads", "True"),
                                Map.entry("patch-storage.s3-prefix", ""))))
                .isEmpty();
    }

    @Test
    void everyKeyOfTheServerIsAnOptionOrIsSetByTheCharm() throws IOException {
        try (InputStream schema = Objects.requireNonNull(
                LivepatchRules.class.getResourceAsStream("/charms/livepatch/livepatch-server-options.yaml"))) {
            Set<String> keys = new TreeSet<>(new YAMLMapper().readTree(schema).propertyNames());
            keys.removeAll(livepatch.options().keySet());

            assertThat(keys)
                    .containsExactly(
                            "database.connection-string", "server.reuse-port", "server.unit", "server.worker-address");
        }
    }

    @Test
    void sensitiveValuesAreNotShown() {
        assertThat(String.join(
                        "\n",
                        livepatch.problems(
                                Map.of(),
                                Map.of(
                                        "auth.basic.users", "kim:hunter2",
                                        "patch-storage.postgres-connection-string", "postgres://kim:hunter2@host",
                                        "patch-storage.s3-secret-key", "hunter 2"))))
                .contains("auth.basic.users is not right (its value is not shown) and may be lines of 'htpasswd")
                .contains("patch-storage.postgres-connection-string is not right")
                .contains("patch-storage.s3-secret-key is not right")
                .doesNotContain("hunter");
    }

    @Test
    void optionsThatDoNotFitTogetherAreRefused() {
        assertThat(livepatch.problems(Map.of(), Map.of("patch-storage.type", "s3")))
                .containsExactly(
                        "patch-storage.s3-bucket is missing, which patch-storage.type=s3 needs: set both in one command");
        assertThat(livepatch.problems(
                        Map.of(), Map.of("patch-storage.s3-bucket", "patches", "patch-storage.s3-access-key", "a")))
                .singleElement()
                .asString()
                .contains("patch-storage.s3-secret-key is missing");
        assertThat(livepatch.problems(Map.of(), Map.of("server.server-address", ":18002", "workers", "2")))
                .singleElement()
                .asString()
                .contains("port 18002, and the workers of the unit use 18000 to 18002 themselves");
    }

    /** The supervisor starts a replacement before it stops the old process, and replaces one process at a time. */
    @Test
    void aUnitTakesConnectionsForEachWorkerAndForTheOneThatReplacesAnother() {
        assertThat(LivepatchRules.connections(livepatch.effective(Map.of("workers", "3"))))
                .isEqualTo((3 + 1) * (10 + 2));
        assertThat(LivepatchRules.connections(livepatch.effective(Map.of("patch-storage.type", "postgres"))))
                .isEqualTo((1 + 1) * (10 + 2 + 4));
    }
}
