package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.api.CharmOption;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.CertificatePair;
import io.livepatch.charm.testing.LocalModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.json.JsonMapper;

/** Options that cannot be, by every way in, with a real controller, PostgreSQL and haproxy. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RefusedOptionsIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String URL = "https://127.0.85.3:8443/health/ready";
    private static LocalModel model;

    @BeforeAll
    static void start() {
        model = new LocalModel("127.0.85");
        model.juju("deploy", "livepatch").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
    }

    @AfterAll
    static void stop() {
        model.close();
    }

    private static Path file(String name, String content) throws IOException {
        return Files.writeString(model.home().resolveSibling(name), content);
    }

    private static String stored() throws IOException {
        return Files.readString(model.home().resolve("model.json"));
    }

    private static void awaitStatus(String text) {
        await(text)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").out()).contains(text));
    }

    @Test
    @Order(1)
    void everyCommandReportsAllProblemsTogetherAndChangesNothing() throws IOException {
        String options = "server.server-address: nonsense\nserver.drain: 5\nworkers: 0\n";
        Path plain = file("options.yaml", options);
        Path byName = file("by-name.yaml", "livepatch:\n" + options.indent(2));
        Path bundle = file(
                "bundle.yaml",
                "applications:\n  livepatch:\n    options:\n" + options.indent(6)
                        + "  postgresql: {options: {port: 80}}\n");
        Path overlay = file("overlay.yaml", "applications:\n  livepatch:\n    options:\n" + options.indent(6));
        String before = stored();

        for (String[] command : new String[][] {
            {"config", "livepatch", "server.server-address=nonsense", "server.drain=5", "workers=0"},
            {"config", "livepatch", "--file", plain.toString()},
            {"config", "livepatch", "--file", byName.toString()},
            {"deploy", "livepatch", "another", "--config", plain.toString()},
            {"deploy", "livepatch", "another", "--config", plain.toString(), "--dry-run"},
            {"deploy", bundle.toString()},
            {"deploy", bundle.toString(), "--dry-run"},
            {"deploy", "livepatch", "--overlay", overlay.toString()}
        }) {
            LocalModel.Outcome refused = model.juju(command);
            assertThat(refused.exit()).as(refused.said()).isEqualTo(2);
            assertThat(refused.err())
                    .contains("server.server-address is 'nonsense' and may be address:port or :port")
                    .contains("server.drain is '5' and may be a duration from 0s to 10m, such as 0s")
                    .contains("workers is 0 and may be from 1 to 64, such as 1");
            assertThat(refused.out()).doesNotContain("configured", "deploy livepatch", "start unit");
        }
        assertThat(model.juju("deploy", bundle.toString()).err())
                .contains("postgresql")
                .contains("port is 80 and may be from 1024 to 65535, such as 5432");
        assertThat(stored()).isEqualTo(before);
    }

    @Test
    @Order(2)
    void tooManyConnectionsAreRefusedFromBothSides() throws IOException {
        String before = stored();

        assertThat(model.juju("config", "livepatch", "workers=9").err())
                .contains("'postgresql' has 97 connections for others, and 'livepatch' takes 120");
        assertThat(model.juju("config", "postgresql", "max-connections=26").err())
                .contains("'postgresql' has 23 connections for others, and 'livepatch' takes 24");
        assertThat(stored()).isEqualTo(before);
    }

    @Test
    @Order(3)
    void aLongValueIsRefusedByTheCommandLine() throws IOException {
        String longer = "x".repeat(CharmOption.MAX_VALUE_BYTES + 1);
        Path value = file("long", longer);
        Path huge = file("huge.yaml", "ssl-cert: " + "x".repeat(20_000_000) + "\n");
        Path bundle = file(
                "huge-bundle.yaml", "applications: {haproxy: {options: {ssl-cert: " + "x".repeat(20_000_000) + "}}}\n");

        for (LocalModel.Outcome refused : new LocalModel.Outcome[] {
            model.juju("config", "haproxy", "ssl-cert=" + longer),
            model.juju("config", "haproxy", "ssl-cert=@" + value),
            model.jujuWithInput(longer, "config", "haproxy", "ssl-cert=@-"),
            model.juju("config", "haproxy", "--file", huge.toString()),
            model.juju("deploy", bundle.toString()),
            model.juju("deploy", "haproxy", "edge", "--config", "ssl-cert=@" + value),
            model.jujuWithInput(longer, "run", "livepatch/0", "set-basic-users", "users=@-")
        }) {
            assertThat(refused.exit()).as(refused.said()).isEqualTo(2);
            assertThat(refused.err()).containsAnyOf("1048576", "3145728").hasSizeLessThan(1000);
        }
    }

    /** Not with our command line, which would refuse it first. */
    @Test
    @Order(4)
    void aRequestThatIsTooLongIsRefusedAndTheControllerKeepsRunning() throws IOException {
        long controller = model.process("ControllerMain").orElseThrow().pid();
        try (SocketChannel channel =
                SocketChannel.open(UnixDomainSocketAddress.of(model.home().resolve("controller.sock")))) {
            Writer writer = Channels.newWriter(channel, StandardCharsets.UTF_8);
            writer.write("{\"build\":\"");
            for (int i = 0; i < 400; i++) {
                writer.write("x".repeat(1 << 20));
            }
            writer.write("\"}\n");
            writer.flush();
            BufferedReader replies = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
            assertThat(replies.readLine()).contains("hello");
            assertThat(replies.readLine()).contains("failed", "may have 4194304");
        }
        assertThat(model.juju("status").expectSuccess().out()).contains("Livepatch running!");
        assertThat(model.process("ControllerMain").orElseThrow().pid()).isEqualTo(controller);
    }

    /** Stores options without the charm's checks, as an older version and Juju do. */
    @Test
    @Order(5)
    void aModelWithRefusedValuesStartsBlockedAndCanBeRepaired() throws IOException {
        model.juju("shutdown").expectSuccess();
        Path file = model.home().resolve("model.json");
        String before = Files.readString(file);
        String old = before.replaceFirst(
                        "\"charm\" : \"livepatch\",\\s*\"config\" : \\{ ?",
                        "\"charm\":\"livepatch\",\"config\":{\"workers\":\"0\",\"server.server-address\":\"nonsense\"")
                .replaceFirst(
                        "\"charm\" : \"postgresql\",\\s*\"config\" : \\{ ?",
                        "\"charm\":\"postgresql\",\"config\":{\"shared-buffers\":\"500TB\"")
                .replaceFirst(
                        "\"charm\" : \"haproxy\",\\s*\"config\" : \\{ ?",
                        "\"charm\":\"haproxy\",\"config\":{\"strategy\":\"sticky\",\"threads\":\"some\"");
        assertThat(old).contains("500TB").contains("sticky").contains("\"workers\"");
        Files.writeString(file, old);

        assertThat(model.juju("wait-for", "--timeout", "2s").exit()).isNotZero();
        awaitStatus("workers is 0 and may be from 1 to 64, such as 1");
        awaitStatus("shared-buffers is '500TB' and may be from 128kB to");
        awaitStatus("threads is 'some' and may be from 0 to 64, such as 0");
        assertThat(model.juju("status").out()).contains("blocked").doesNotContain("error");
        assertThat(model.juju("config", "haproxy").expectSuccess().out()).contains("sticky");
        assertAllRunAsBefore();

        model.juju("config", "haproxy", "timeout-client=20").expectSuccess();
        model.juju("config", "haproxy", "--reset", "threads").expectSuccess();
        awaitStatus("strategy is 'sticky' and may be");
        model.juju("config", "haproxy", "strategy=random").expectSuccess();
        model.juju("config", "livepatch", "--reset", "workers,server.server-address")
                .expectSuccess();
        model.juju("config", "postgresql", "shared-buffers=32MB").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
    }

    @Test
    @Order(6)
    void aModelWithAHugeValueStartsAndCanBeRepaired() throws IOException {
        model.juju("shutdown").expectSuccess();
        Path file = model.home().resolve("model.json");
        String old = Files.readString(file)
                .replaceFirst(
                        "\"charm\" : \"haproxy\",\\s*\"config\" : \\{",
                        "\"charm\":\"haproxy\",\"config\":{\"ssl-key\":\"" + "x".repeat(20_000_000) + "\",");
        Files.writeString(file, old);

        awaitBlocked("ssl-key has 20000000 bytes and may have 1048576");
        assertAllRunAsBefore();
        model.juju("config", "haproxy", "--reset", "ssl-key").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        assertThat(Files.size(file)).isLessThan(1 << 20);
    }

    /** Values that the charms' rules accept and the checks of the server and of haproxy refuse. */
    @Test
    @Order(7)
    void aModelWithValuesThatTheProgramsRefuseStartsAndCanBeRepaired() throws IOException {
        model.juju("shutdown").expectSuccess();
        CertificatePair pair = signedWithSha1(model.home().resolveSibling(""));
        Path file = model.home().resolve("model.json");
        String old = Files.readString(file)
                .replaceFirst(
                        "\"charm\" : \"livepatch\",\\s*\"config\" : \\{ ?",
                        "\"charm\":\"livepatch\",\"config\":{\"patch-storage.s3-region\":\"nowhere\"")
                .replaceFirst(
                        "\"charm\" : \"haproxy\",\\s*\"config\" : \\{",
                        Matcher.quoteReplacement("\"charm\":\"haproxy\",\"config\":{" + json(pair) + ","));
        Files.writeString(file, old);

        awaitBlocked("'nowhere' is not a region");
        awaitStatus("unable to load SSL certificate");
        assertAllRunAsBefore();
        model.juju("config", "livepatch", "--reset", "patch-storage.s3-region").expectSuccess();
        model.juju("config", "haproxy", "--reset", "ssl-cert,ssl-key").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
    }

    /** The charm's rules take it, and OpenSSL's security level 2, which haproxy runs with on Debian, does not. */
    private static CertificatePair signedWithSha1(Path directory) {
        CertificatePair.make(directory, "ca", "RSA", List.of("-addext", "basicConstraints=critical,CA:TRUE"));
        return CertificatePair.make(
                directory,
                "leaf",
                "RSA",
                List.of("-CA", directory + "/ca.crt", "-CAkey", directory + "/ca.key", "-sha1"));
    }

    private static String json(CertificatePair pair) {
        String members =
                new JsonMapper().writeValueAsString(Map.of("ssl-cert", pair.certificate(), "ssl-key", pair.key()));
        return members.substring(1, members.length() - 1);
    }

    /** A machine reaches the server through haproxy, and the database runs. */
    private static void assertAllRunAsBefore() {
        assertThat(model.process("postgresql-0/data")).isPresent();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                ExternalProgram.of("curl", "-sSk", "--max-time", "5", "-w", "%{http_code}", URL)
                                        .run()
                                        .stdout())
                        .endsWith("200"));
        awaitStatus("blocked");
        assertThat(model.juju("status").out()).doesNotContain("error");
    }

    private static void awaitBlocked(String text) {
        model.juju("wait-for", "--timeout", "2s");
        awaitStatus(text);
    }
}
