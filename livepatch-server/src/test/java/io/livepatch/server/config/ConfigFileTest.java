package io.livepatch.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.OptionTable;
import io.livepatch.common.config.Secret;
import io.livepatch.server.config.PatchStorageConfig.S3Config;
import io.livepatch.server.config.ServerConfig.ClientLimits;
import io.livepatch.server.config.UnitConfig.AuthConfig;
import io.livepatch.server.config.UnitConfig.DatabaseConfig;
import io.livepatch.server.config.UnitConfig.MachinesConfig;
import io.livepatch.server.config.UnitConfig.PatchCacheConfig;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreType;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

final class ConfigFileTest {
    private static final String HASH = "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
    private static final String DSN = "postgres://livepatch:s3cr3t@db.example:6432/livepatch?sslmode=require";

    /** The required options. */
    private static final Map<String, String> NEEDED =
            Map.of("LP_DATABASE_CONNECTION_STRING", "postgres://u:p@localhost/db");

    /** Every key with a value that is not its default. */
    private static final String EVERYTHING = """
            server:
              server-address: 127.0.0.1:9090
              reuse-port: True
              worker-address: 127.0.0.2:0
              unit: livepatch/7
              url-template: https://lp.example:8443/v1/patches/{filename}
              drain: 250ms
              log-level: DEBUG
              concurrency-limit: 10
              burst-limit: 0
              url-ttl: 1h30m
              signing-key-age: 0
              change-wait: 7s
              max-patch-size: 1GiB
              min-free-space: 2GiB
              redirect-downloads: true
              trusted-proxies: 10.0.0.0/8, ::1
              connection-limit: 20
              source-connection-limit: 5
              download-limit: 7
              upload-limit: 2
              idle-timeout: 1m
              head-timeout: 2s
              body-timeout: 3s
              min-data-rate: 0
              data-rate-period: 30s
            machines:
              takeover-after: 2h
            database:
              connection-string: %s
              connection-pool-max: 3
              connection-lifetime-max: 1.5h
            auth:
              basic:
                enabled: False
                users: ann:%s,bob:%s
            patch-storage:
              type: s3
              filesystem-path: /srv/patches/../p
              postgres-connection-string: %s
              s3-endpoint: s3.example:9000
              s3-secure: False
              s3-region: eu-west-1
              s3-bucket: patches
              s3-prefix: live/patch
              s3-path-style: False
              s3-ca-file: /etc/ssl/own.pem
              s3-access-key: AKIA123
              s3-secret-key: s3cr3tk3y
              scrub-interval: 24h
              scrub-rate: 1MiB
            patch-cache:
              enabled: False
              path: /srv/cache
              size: 2GiB
              ttl: 1h
            """.formatted(DSN, HASH, HASH, DSN);

    @TempDir
    Path directory;

    @Test
    void absentOptionHasItsDefault() {
        UnitConfig config = ConfigFile.read(null, NEEDED);

        assertThat(config.server())
                .isEqualTo(new ServerConfig(
                        address("0.0.0.0", 8080),
                        false,
                        Optional.empty(),
                        "livepatch/0",
                        Optional.empty(),
                        Duration.ofSeconds(5),
                        ServerConfig.LogLevel.INFO,
                        1000,
                        500,
                        Duration.ofHours(1),
                        Duration.ofDays(30),
                        Duration.ofSeconds(5),
                        new DataSize(64 << 20),
                        new DataSize(1 << 30),
                        false,
                        new ClientLimits(
                                List.of(Cidr.parse("127.0.0.1/32"), Cidr.parse("::1/128")),
                                10_000,
                                100,
                                1_000,
                                4,
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(10),
                                new DataSize(1 << 10),
                                Duration.ofSeconds(20))));
        assertThat(config.machines()).isEqualTo(new MachinesConfig(Duration.ofHours(24)));
        assertThat(config.database())
                .isEqualTo(
                        new DatabaseConfig(Dsn.parse("postgres://u:p@localhost:5432/db"), 10, Duration.ofMinutes(10)));
        assertThat(config.auth()).isEqualTo(new AuthConfig(new AuthConfig.BasicConfig(true, List.of())));
        assertThat(config.auth().users()).isEmpty();
        assertThat(config.storage())
                .isEqualTo(new PatchStorageConfig(
                        StoreType.FILESYSTEM,
                        Path.of("/var/lib/livepatch/patches"),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofDays(7),
                        new DataSize(4 << 20)));
        assertThat(config.cache())
                .isEqualTo(new PatchCacheConfig(
                        true, Path.of("/var/lib/livepatch/cache"), new DataSize(1 << 30), Duration.ofDays(30)));
    }

    @Test
    void everythingCanBeGiven() throws IOException {
        UnitConfig config = read(EVERYTHING);

        assertThat(config.server())
                .isEqualTo(new ServerConfig(
                        address("127.0.0.1", 9090),
                        true,
                        Optional.of(address("127.0.0.2", 0)),
                        "livepatch/7",
                        Optional.of(new UrlTemplate("https://lp.example:8443/v1/patches/{filename}")),
                        Duration.ofMillis(250),
                        ServerConfig.LogLevel.DEBUG,
                        10,
                        0,
                        Duration.ofMinutes(90),
                        Duration.ZERO,
                        Duration.ofSeconds(7),
                        new DataSize(1L << 30),
                        new DataSize(2L << 30),
                        true,
                        new ClientLimits(
                                List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("::1")),
                                20,
                                5,
                                7,
                                2,
                                Duration.ofMinutes(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                new DataSize(0),
                                Duration.ofSeconds(30))));
        assertThat(config.machines()).isEqualTo(new MachinesConfig(Duration.ofHours(2)));
        assertThat(config.database()).isEqualTo(new DatabaseConfig(Dsn.parse(DSN), 3, Duration.ofMinutes(90)));
        assertThat(config.auth().basic().enabled()).isFalse();
        assertThat(config.auth().basic().users())
                .extracting(AuthConfig.BasicUser::name)
                .containsExactly("ann", "bob");
        assertThat(config.storage())
                .isEqualTo(new PatchStorageConfig(
                        StoreType.S3,
                        Path.of("/srv/p"),
                        Optional.of(Dsn.parse(DSN)),
                        Optional.of(new S3Config(
                                Optional.of(new S3Config.Endpoint("s3.example:9000")),
                                false,
                                "eu-west-1",
                                Optional.of("patches"),
                                Optional.of("live/patch/"),
                                Optional.of(false),
                                Optional.of(Path.of("/etc/ssl/own.pem")),
                                Optional.of(new Secret("AKIA123")),
                                Optional.of(new Secret("s3cr3tk3y")))),
                        Duration.ofHours(24),
                        new DataSize(1 << 20)));
        assertThat(config.storage().s3().orElseThrow().store(Path.of("/spool")))
                .isEqualTo(new StorageConfig.S3(
                        Optional.of(URI.create("http://s3.example:9000")),
                        "eu-west-1",
                        "patches",
                        "live/patch/",
                        false,
                        Optional.of(new StorageConfig.S3.Keys("AKIA123", "s3cr3tk3y")),
                        Optional.of(Path.of("/etc/ssl/own.pem")),
                        Path.of("/spool")));
        assertThat(config.cache())
                .isEqualTo(new PatchCacheConfig(
                        false, Path.of("/srv/cache"), new DataSize(2L << 30), Duration.ofHours(1)));
    }

    @Test
    void everyKeyIsTestedAndEveryComponentHasAKey() throws IOException {
        List<String> given = new ArrayList<>();
        keys("", new YAMLMapper().readTree(EVERYTHING), given);

        assertThat(given)
                .containsExactlyInAnyOrderElementsOf(OptionTable.rows(UnitConfig.class, KeyStyle.HYPHENS).stream()
                        .map(OptionTable.Row::path)
                        .toList());
        assertThat(unchanged("config", ConfigFile.read(null, NEEDED), read(EVERYTHING)))
                .as("components that no key changes")
                .isEmpty();
    }

    private static void keys(String prefix, JsonNode section, List<String> keys) {
        section.properties().forEach(entry -> {
            if (entry.getValue().isObject()) {
                keys(prefix + entry.getKey() + ".", entry.getValue(), keys);
            } else {
                keys.add(prefix + entry.getKey());
            }
        });
    }

    /** Walks two records of a type and names the components that are equal in both. */
    private static List<String> unchanged(String path, Object left, Object right) {
        List<String> names = new ArrayList<>();
        for (RecordComponent component : left.getClass().getRecordComponents()) {
            String name = path + "." + component.getName();
            Object leftValue = value(component, left);
            Object rightValue = value(component, right);
            boolean section = leftValue.getClass().isRecord()
                    && leftValue.getClass().getSimpleName().matches(".*Config|ClientLimits");
            if (section) {
                names.addAll(unchanged(name, leftValue, rightValue));
            } else if (leftValue.equals(rightValue)) {
                names.add(name);
            }
        }
        return names;
    }

    private static Object value(RecordComponent component, Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    @Test
    void nestedAndDottedAndHyphenAndUnderscoreAreTheSame() throws IOException {
        UnitConfig config = read("""
                server.url_template: "https://h/{filename}"
                server:
                  max_patch_size: 1MiB
                database.connection-string: postgres://u:p@h/d
                "auth.basic":
                  users:
                    - ann:%s
                    - bob:%s
                """.formatted(HASH, HASH));

        assertThat(config.server().maxPatchSize().bytes()).isEqualTo(1 << 20);
        assertThat(config.auth().users()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "LP_SERVER_URL_TEMPLATE, https://lp:99999/{filename}",
        "LP_SERVER_URL_TEMPLATE, https://lp:0/{filename}",
        "LP_SERVER_URL_TEMPLATE, https://[::1/{filename}",
        "LP_SERVER_URL_TEMPLATE, https://:/{filename}",
        "LP_PATCH_STORAGE_S3_ENDPOINT, s3:99999",
        "LP_PATCH_STORAGE_S3_ENDPOINT, https://s3:0",
        "LP_DATABASE_CONNECTION_STRING, postgres://u:p@h:99999/d",
        "LP_DATABASE_CONNECTION_STRING, 'postgres://u:p@h,h:x/d'"
    })
    void hostAndPortMustBePossible(String variable, String value) {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.put(variable, value);

        assertThatThrownBy(() -> ConfigFile.read(null, environment)).isInstanceOf(ConfigException.class);
    }

    @Test
    void environmentWinsOverTheFile() throws IOException {
        Map<String, String> environment =
                Map.of("LP_SERVER_DRAIN", "9s", "LP_SERVER_SERVER_ADDRESS", ":0", "PATH", "/bin");

        UnitConfig config = ConfigFile.read(file(EVERYTHING), environment);

        assertThat(config.server().drain()).isEqualTo(Duration.ofSeconds(9));
        assertThat(config.server().address()).isEqualTo(address("0.0.0.0", 0));
        assertThat(config.server().unit()).isEqualTo("livepatch/7");
    }

    @Test
    void emptyFileIsValidIfTheEnvironmentHasTheOptions() throws IOException {
        assertThat(ConfigFile.read(file("# nothing\n"), NEEDED)).isEqualTo(ConfigFile.read(null, NEEDED));
        assertThat(ConfigFile.read(file("server:\n"), NEEDED)).isEqualTo(ConfigFile.read(null, NEEDED));
    }

    @Test
    void basicAuthenticationSwitchedOffHasNoUsers() throws IOException {
        assertThat(read(EVERYTHING).auth().users()).isEmpty();
        assertThat(read(EVERYTHING.replace("basic:\n    enabled: False", "basic:\n    enabled: True"))
                        .auth()
                        .users())
                .hasSize(2);
    }

    @Test
    void allProblemsAreReportedAtOnceEachWithARemedy() throws IOException {
        ConfigException problems = problems("""
                server:
                  drain: soon
                  server-address: here
                  concurrency-limit: 0
                  url-tll: 5s
                  url-template: https://h:99999/{filename}
                  burst_limit: 7
                  burst-limit: 7
                database:
                  connection-string: mysql://root:hunter2@db/x
                auth.basic.users: ann:hunter2
                patch-storage.type: swift
                influx.enabled: True
                frobnicate: hunter2
                """);

        assertThat(problems.problems())
                .extracting(ConfigProblem::key)
                .containsExactlyInAnyOrder(
                        "server.drain",
                        "server.server-address",
                        "server.concurrency-limit",
                        "server.url-tll",
                        "server.burst-limit",
                        "server.url-template",
                        "database.connection-string",
                        "auth.basic.users",
                        "patch-storage.type",
                        "influx.enabled",
                        "frobnicate");
        assertThat(problems)
                .hasMessageContaining(
                        "server.drain: 'soon' is not a duration; give a duration from 0s to 10m, such as 5s")
                .hasMessageContaining("server.url-tll: unknown key; did you mean 'url-ttl'?")
                .hasMessageContaining("has no valid host, or a port outside 1 to 65535")
                .hasMessageContaining("asks for a feature that this program does not have")
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void waitForOtherUnitsEndsBeforeTheLoadBalancerGivesUp() {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.put("LP_SERVER_CHANGE_WAIT", "20s");
        assertThat(ConfigFile.read(null, environment).server().changeWait()).isEqualTo(Duration.ofSeconds(20));

        environment.put("LP_SERVER_CHANGE_WAIT", "21s");
        assertThatThrownBy(() -> ConfigFile.read(null, environment)).hasMessageContaining("a duration from 0s to 20s");
    }

    @Test
    void dependentKeysOfAStoreAreRequiredTogether() {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.put("LP_PATCH_STORAGE_TYPE", "s3");
        assertThatThrownBy(() -> ConfigFile.read(null, environment))
                .hasMessageContaining("patch-storage.s3-bucket: is missing, since patch-storage.type is s3");

        environment.put("LP_PATCH_STORAGE_S3_BUCKET", "patches");
        assertThat(ConfigFile.read(null, environment)
                        .storage()
                        .s3()
                        .orElseThrow()
                        .keys())
                .isEmpty();

        environment.put("LP_PATCH_STORAGE_S3_SECRET_KEY", "hunter2");
        assertThatThrownBy(() -> ConfigFile.read(null, environment))
                .hasMessageContaining("patch-storage.s3-access-key: is missing")
                .message()
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource({
        "https://s3.example.com, true, https://s3.example.com",
        "http://127.0.0.1:9000/, true, http://127.0.0.1:9000",
        "s3.example.com:9000, true, https://s3.example.com:9000",
        "s3.example.com:9000, false, http://s3.example.com:9000",
    })
    void endpointsAreWrittenInTwoWays(String endpoint, String secure, String url) {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.put("LP_PATCH_STORAGE_S3_BUCKET", "patches");
        environment.put("LP_PATCH_STORAGE_S3_ENDPOINT", endpoint);
        environment.put("LP_PATCH_STORAGE_S3_SECURE", secure);

        assertThat(ConfigFile.read(null, environment)
                        .storage()
                        .s3()
                        .orElseThrow()
                        .url())
                .contains(URI.create(url));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "h",
                "lp.example.com:8443",
                "under_score:1",
                "127.0.0.1:65535",
                "[::1]",
                "[2001:db8::7]:8443",
                "[::ffff:192.0.2.1]:1"
            })
    void hostsWithOrWithoutAPortAreAuthorities(String text) {
        assertThat(UrlTemplate.isAuthority(text)).isTrue();
        assertThat(UrlTemplate.hasHostAndPort("https://" + text + "/x")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":80",
                "h:",
                "h:0",
                "h:65536",
                "h:000001",
                "h:1:2",
                "h:+1",
                "h /x",
                "h/evil",
                "h\\evil",
                "user@h",
                "evil\r\nX: y",
                "evil\"",
                "ö",
                ".h",
                "-h",
                "[",
                "[]",
                "[:]",
                "[::1",
                "[::1]x",
                "[::1]:",
                "[::1]:65536",
                "[::g]",
                "[[::1]]",
                "::1"
            })
    void othersAreNot(String text) {
        assertThat(UrlTemplate.isAuthority(text)).isFalse();
        assertThat(UrlTemplate.isAuthority("h".repeat(253) + ":65535")).isTrue();
        assertThat(UrlTemplate.isAuthority("h".repeat(254))).isFalse();
    }

    @Test
    void misspeltVariableIsNamed() {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.put("LP_SERVER_UNITT", "livepatch/1");

        assertThatThrownBy(() -> ConfigFile.read(null, environment))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("did you mean 'LP_SERVER_UNIT'?");
    }

    @Test
    void environmentOfCanonicalsServerStartsOurs() {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.putAll(Map.of(
                "LP_PATCH_SYNC_ENABLED", "False",
                "LP_PATCH_SYNC_PROXY_NO_PROXY", "",
                "LP_TIMESCALE_DB_CONNECTION_STRING", "postgres://t:t@t/t",
                "LP_SERVER_IS_LEADER", "True",
                "LP_CLOUD_DELAY_DEFAULT_DELAY_HOURS", "0",
                "LP_PATCH_STORAGE_S3_SECRET_KEY", "x",
                "LP_PATCH_CACHE_CACHE_SIZE", "128",
                "LP_MACHINE_REPORTS_DATABASE_ENABLED", "False",
                "LP_SERVER_SERVER_ADDRESS", ":8080",
                "LIVEPATCH_CONFIG_LOCATION", "/etc/livepatch.yaml"));

        assertThat(ConfigFile.read(null, environment)).isEqualTo(ConfigFile.read(null, NEEDED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"LP_INFLUX_ENABLED", "LP_AUTH_SSO_ENABLED", "LP_SERVER_IS_HOSTED"})
    void unsupportedFeatureCannotBeSwitchedOn(String variable) {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.put(variable, "True");

        assertThatThrownBy(() -> ConfigFile.read(null, environment)).hasMessageContaining(variable);
    }

    @Test
    void aliasIsRefusedSoThatNoDocumentGrows() throws IOException {
        assertThat(problems("""
                a: &a [x, x]
                server: &s {drain: 5s}
                database: *s
                """).getMessage()).contains("database: is an alias");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"server: [", "\tserver: x", "server: {drain: 'hunter2}", "a: 1\n b: hunter2\n  - c", "hunter2"})
    void brokenYamlIsNamedByLineAndNotQuoted(String text) throws IOException {
        assertThat(problems(text).getMessage())
                .containsPattern("livepatch.yaml:\\d+: ")
                .doesNotContain("hunter2");
    }

    @Test
    void secondDocumentIsRefused() throws IOException {
        assertThat(problems(EVERYTHING + "---\na: b\n").getMessage()).contains("second document");
    }

    @Test
    void absentFileIsNamed() {
        assertThatThrownBy(() -> ConfigFile.read(directory.resolve("absent.yaml"), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("absent.yaml")
                .hasMessageContaining("does not exist");
    }

    @Test
    void keysOfCanonicalsCharmsAreAccepted() {
        Map<String, String> environment = new TreeMap<>(NEEDED);
        environment.put("LP_SERVER_LOG_LEVEL", "Warning");
        environment.put("LP_SERVER_SIGNING_KEY_AGE", "0");
        environment.put("LP_SERVER_DRAIN", "2m0.5s");

        ServerConfig server = ConfigFile.read(null, environment).server();

        assertThat(server.logLevel()).isEqualTo(ServerConfig.LogLevel.WARN);
        assertThat(server.signingKeyAge()).isZero();
        assertThat(server.drain()).isEqualTo(Duration.ofMillis(120_500));
    }

    @Test
    void usersAreLinesInOneTextOrAList() throws IOException {
        String lines = "ann:%s,bob:%s\nkim:%s".formatted(HASH, HASH, HASH);

        assertThat(withUsers("'" + lines.replace("\n", ", ") + "'")).containsExactly("ann", "bob", "kim");
        assertThat(withUsers("|\n  " + lines.replace("\n", "\n  "))).containsExactly("ann", "bob", "kim");
        assertThat(withUsers("['" + lines.replace("\n", "', '") + "']")).containsExactly("ann", "bob", "kim");
        assertThatThrownBy(() -> withUsers("'" + lines.replace("\nkim", ",ann") + "'"))
                .hasMessageContaining("auth.basic.users: names user 'ann' twice")
                .hasMessageNotContaining(HASH);
        assertThatThrownBy(() -> withUsers("'" + lines.replace("\n", ",").replace("$10$", "$16$") + "'"))
                .hasMessageContaining("auth.basic.users: '***' has a bcrypt cost outside 4 to 15")
                .hasMessageNotContaining("abcdefghijklmnop");
    }

    private List<String> withUsers(String yaml) throws IOException {
        Path file = file("auth.basic.users: " + yaml + "\n");
        return ConfigFile.read(file, NEEDED).auth().users().stream()
                .map(AuthConfig.BasicUser::name)
                .toList();
    }

    @Test
    void printedConfigurationHasNoSecretsAndIsReadAsTheSame() throws IOException {
        UnitConfig config = read(EVERYTHING);
        String printed = ConfigFile.print(config);

        assertThat(printed)
                .contains("drain: 250ms", "max-patch-size: 1GiB", "type: s3", "s3-secret-key: '***'")
                .doesNotContain("s3cr3t", HASH, "edge");
        assertThat(ConfigFile.print(read(printed.replace("connection-string: '***'", "connection-string: " + DSN)
                        .replace("- '***'", "- ann:" + HASH)
                        .replaceFirst("- ann:", "- bob:"))))
                .isEqualTo(printed);
    }

    @ParameterizedTest
    @CsvSource({
        "postgres://u:p@h/d, h:5432",
        "'postgresql://u:p@h:1,g:2/d', 'h:1,g:2'",
        "postgres://u:p@[::1]:6000/d?sslmode=disable, [::1]:6000",
        "postgres://u:p%40%2Fq@h/d, h:5432",
    })
    void connectionStringsAreReadAndPrintedWithoutPassword(String text, String hosts) {
        Dsn dsn = Dsn.parse(text);

        assertThat(String.join(",", dsn.hosts())).isEqualTo(hosts);
        assertThat(dsn).hasToString("postgres://u:***@" + hosts + "/d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"postgres://u:hunter2%zz@h/d", "postgres://u:hunter2@h:port/d", "jdbc:postgresql://hunter2/d"})
    void messageOfABadConnectionStringHoldsNothingOfIt(String text) {
        assertThatThrownBy(() -> Dsn.parse(text)).message().doesNotContain("hunter2", "zz", "port/d\"");
    }

    @Test
    void allErrorsOfConnectionStringsAreReportedAtOnce() {
        ConfigException problems = catchThrowableOfType(
                ConfigException.class,
                () -> ConfigFile.read(
                        null,
                        Map.of(
                                "LP_DATABASE_CONNECTION_STRING",
                                        "postgres://u:hunter2@h/d?ssl_mode=require&sslmode=requir",
                                "LP_PATCH_STORAGE_POSTGRES_CONNECTION_STRING",
                                        "postgres://u:hunter2@h/d?aplication_name=x")));

        assertThat(problems)
                .hasMessageContaining("'ssl_mode', did you mean 'sslmode'?")
                .hasMessageContaining("did you mean 'require'?")
                .hasMessageContaining("'aplication_name', did you mean 'application_name'?")
                .hasMessageNotContaining("hunter2");
        assertThat(problems.problems()).hasSize(2);
    }

    private static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private UnitConfig read(String yaml) throws IOException {
        return ConfigFile.read(file(yaml), Map.of());
    }

    private ConfigException problems(String yaml) throws IOException {
        Path file = file(yaml);
        return catchThrowableOfType(ConfigException.class, () -> ConfigFile.read(file, Map.of()));
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("livepatch.yaml"), yaml);
    }
}
