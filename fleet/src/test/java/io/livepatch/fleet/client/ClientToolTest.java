package io.livepatch.fleet.client;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.json;
import static io.livepatch.fleet.ScriptedServer.problem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.cli.Version;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.testing.TestCertificate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

final class ClientToolTest {
    private static TestCertificate certificate;

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private ScriptedServer server;
    private FakeLivepatchServer fakeServer;
    private String input = "";

    @BeforeAll
    static void createCertificate(@TempDir Path folder) throws Exception {
        certificate = TestCertificate.of(folder, "DNS:localhost");
    }

    @BeforeEach
    void start() throws Exception {
        Files.writeString(directory.resolve("ca.pem"), certificate.pem());
        server = ScriptedServer.https(certificate.server());
        fakeServer = new FakeLivepatchServer(server);
        machine("proc/version_signature", "Ubuntu 5.15.0-107.117-generic 5.15.149\n");
        machine("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        machine("proc/cpuinfo", "processor: 0\nmodel name\t: A CPU\n");
        machine("proc/stat", "cpu 1\nbtime 1700000000\n");
        machine("proc/uptime", "120.5 3\n");
        boot("11111111-1111-1111-1111-111111111111");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private void machine(String file, String text) throws IOException {
        Path path = directory.resolve("root").resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void boot(String id) throws IOException {
        machine("proc/sys/kernel/random/boot_id", id + "\n");
    }

    private Path home() {
        return directory.resolve("home");
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        ClientContext clientContext = new ClientContext(
                Map.of("LIVEPATCH_CLIENT_HOME", home().toString()),
                directory.resolve("root"),
                new ByteArrayInputStream(input.getBytes(UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err),
                false,
                Samples.QUICK,
                InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z")),
                new Random(1));
        return Main.commandLine(clientContext).execute(arguments);
    }

    @Test
    void unknownArgumentsAndHelpHaveNoEffect() {
        enabled();
        for (String words :
                List.of("disable now", "disable --bogus", "refresh all", "status extra", "disable --help")) {
            int exit = run(words.split(" "));
            assertThat(exit).as(words).isEqualTo(words.endsWith("--help") ? 0 : 2);
        }
        assertThat(run("disabel")).isEqualTo(2);
        assertThat(err.toString()).contains("'disabel'").doesNotContainPattern("did you mean.*disable\\b");
        assertThat(run("status")).as("it is enrolled still").isZero();
    }

    private void enabled() {
        assertThat(run("config", "remote-server=" + server.uri(""), "ca-certs=" + directory.resolve("ca.pem")))
                .isZero();
        assertThat(run("enable", "--architecture", "amd64", FakeLivepatchServer.AUTH_TOKEN))
                .as(() -> err.toString())
                .isZero();
    }

    private JsonNode status() {
        assertThat(run("status", "--format", "json")).isZero();
        return JsonMapper.shared().readTree(out.toString());
    }

    private String patchState() {
        return status().at("/Status/0/Livepatch/State").asString();
    }

    @Test
    void versionIsPrinted() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).isEqualToIgnoringNewLines("livepatch-client " + Version.current() + "\n");
    }

    @Test
    void machineIsEnabledRefreshedAndDisabled() throws IOException {
        enabled();
        assertThat(out.toString()).contains("tier 'stable'").contains("livepatch-client refresh");
        fakeServer.offerPatch();

        assertThat(run("refresh")).as(() -> err.toString()).isZero();

        assertThat(home().resolve("patches/" + Samples.NAME)).hasBinaryContent(FakeLivepatchServer.PATCH);
        assertThat(fakeServer.reports().getFirst())
                .isEqualTo("{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\","
                        + "\"client-version\":\"" + Version.current() + "\",\"cpu-model\":\"A CPU\","
                        + "\"boot-time\":\"2023-11-14T22:13:20Z\",\"uptime\":120}");
        assertThat(patchState()).isEqualTo("unapplied");
        assertThat(run("disable")).isZero();
        assertThat(server.lastRequest().method()).isEqualTo("DELETE");
        assertThat(run("status")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5.4.0-52.37~20.04-generic",
                "6.12.57+deb13-amd64",
                "5.14.0-427.13.1.el9_4.x86_64",
                "6.6.31+rpt-rpi-v8",
                "6.10.0-rc1+",
            })
    void kernelOfAnyDistributionIsReported(String kernel) throws IOException {
        boolean ubuntu = kernel.contains("~");
        Files.delete(directory.resolve("root/proc/version_signature"));
        machine(
                ubuntu ? "proc/version_signature" : "proc/sys/kernel/osrelease",
                ubuntu ? "Ubuntu " + kernel + " 5.4.65\n" : kernel + "\n");
        enabled();

        assertThat(run("refresh")).as(() -> err.toString()).isZero();

        assertThat(fakeServer.reports().getFirst()).startsWith("{\"kernel\":\"" + kernel + "\",");
        assertThat(status().at("/Status/0/Kernel").asString()).isEqualTo(kernel);
    }

    @Test
    void stateIsPrivateAndSecretsAreNotPrinted() throws IOException {
        enabled();
        Path state = home().resolve("state.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home())))
                .isEqualTo("rwx------");
        run("status", "--verbose");
        assertThat(out + "" + err)
                .doesNotContain(FakeLivepatchServer.MACHINE_TOKEN)
                .doesNotContain(FakeLivepatchServer.AUTH_TOKEN);
        fakeServer.answerCheckInWith(problem(401, "unknown token"));
        assertThat(run("refresh")).isEqualTo(1);
        assertThat(err.toString()).contains("unknown token").doesNotContain(FakeLivepatchServer.MACHINE_TOKEN);
        assertThat(status().at("/Status/0/Livepatch/CheckState").asString()).isEqualTo("check-failed");
    }

    /** The answer to an enrolment may be lost: the next one has to come from the same client. */
    @Test
    void enrolmentKeyIsStoredBeforeItIsSentAndReused() throws IOException {
        run("config", "remote-server=" + server.uri(""), "ca-certs=" + directory.resolve("ca.pem"));
        assertThat(run("enable", "--architecture", "amd64", "wrong-token")).isEqualTo(1);
        String key = sentKey();
        assertThat(key).matches("[A-Za-z0-9_-]{43}");
        assertThat(home().resolve("state.json")).content().contains("enrolment-key");
        String kept = kept();
        assertThat(key).as("sent to this server only").isNotEqualTo(kept);
        assertThat(out + "" + err).doesNotContain(key).doesNotContain(kept);

        enabled();
        assertThat(sentKey()).isEqualTo(key);
        assertThat(run("disable")).isZero();
        enabled();
        assertThat(sentKey()).isEqualTo(key);
    }

    /** The file is as the last version without enrolment keys wrote it, after {@code enable} and {@code refresh} against its server. */
    @Test
    void stateOfAnEarlierVersionIsReadAndGetsAKeyWithTheNextEnrolment() throws IOException {
        Path file = earlierState();
        assertThat(patchState()).isEqualTo("applied");
        assertThat(status().path("tier").asString()).isEqualTo("stable");

        ObjectNode state = (ObjectNode) JsonMapper.shared().readTree(file);
        ((ObjectNode) state.path("server"))
                .put("url", server.uri("").toString())
                .put("ca-certs", Files.readString(directory.resolve("ca.pem")));
        ((ObjectNode) state.path("enrolled")).put("machine-token", FakeLivepatchServer.MACHINE_TOKEN);
        Files.writeString(file, state.toString());
        assertThat(run("refresh")).as(() -> err.toString()).isZero();
        assertThat(fakeServer.reports())
                .singleElement()
                .asString()
                .contains("\"version\":\"107.1\",\"state\":\"applied\"");
        assertThat(file).content().doesNotContain("enrolment-key");

        assertThat(run("enable", FakeLivepatchServer.AUTH_TOKEN))
                .as(() -> err.toString())
                .isZero();

        assertThat(file).content().contains("enrolment-key");
        assertThat(sentKey()).matches("[A-Za-z0-9_-]{43}");
    }

    /** A server must not get the key that enrols the machine at another one. */
    @Test
    void eachServerGetsItsOwnKey() throws IOException {
        enabled();
        String here = sentKey();
        String kept = kept();

        run("config", "remote-server=" + server.uri("/another"));
        assertThat(run("enable", "--architecture", "amd64", FakeLivepatchServer.AUTH_TOKEN))
                .isNotEqualTo(2);
        String there = sentKey();
        assertThat(there).matches("[A-Za-z0-9_-]{43}").isNotEqualTo(here).isNotEqualTo(kept);

        run("config", "remote-server=" + server.uri(""));
        enabled();
        assertThat(sentKey()).isEqualTo(here);
    }

    private String kept() throws IOException {
        return JsonMapper.shared()
                .readTree(Files.readString(home().resolve("state.json")))
                .path("enrolment-key")
                .path("secret")
                .asString();
    }

    @Test
    void theServersNextAuthorityIsTrustedAfterARefresh(@TempDir Path folder) throws Exception {
        TestCertificate next = TestCertificate.of(folder, "DNS:localhost");
        enabled();
        String kept = kept();
        fakeServer.answerAuthoritiesWith(answer(200, certificate.pem() + next.pem()));

        assertThat(run("refresh")).as(() -> err.toString()).isZero();
        assertThat(out.toString()).contains("the CA certificates that the server publishes are trusted now");
        assertThat(run("refresh")).isZero();
        assertThat(out.toString()).as("only a change is reported").doesNotContain("CA certificates");
        assertThat(run("config")).isZero();
        assertThat(out.toString()).contains("ca-certs: the operator's, and those that the server published");
        assertThat(directory.resolve("ca.pem")).content().isEqualTo(certificate.pem());
        assertThat(kept()).as("it is the same client").isEqualTo(kept);

        try (ScriptedServer replaced = ScriptedServer.https(next.server())) {
            new FakeLivepatchServer(replaced).answerAuthoritiesWith(answer(200, next.pem()));
            moveTo(replaced);
            assertThat(run("refresh")).as(() -> err.toString()).isZero();
        }
        moveTo(server);
        assertThat(run("refresh")).as("the operator's stay trusted").isZero();
    }

    /** As if the name of the server had another address. */
    private void moveTo(ScriptedServer other) throws IOException {
        Path file = home().resolve("state.json");
        ObjectNode state = (ObjectNode) JsonMapper.shared().readTree(file);
        ((ObjectNode) state.path("server")).put("url", other.uri("").toString());
        Files.writeString(file, state.toString());
    }

    @Test
    void aServerWhoseNewAuthorityIsUnknownIsRefusedWithTheRemedy(@TempDir Path folder) throws Exception {
        enabled();
        TestCertificate next = TestCertificate.of(folder, "DNS:localhost");
        try (ScriptedServer replaced = ScriptedServer.https(next.server())) {
            new FakeLivepatchServer(replaced);
            moveTo(replaced);
            assertThat(run("refresh")).isEqualTo(3);
            assertThat(err.toString())
                    .contains("is not trusted")
                    .contains("if the server has got a new CA, run livepatch-client config ca-certs=FILE");

            Path both = Files.writeString(directory.resolve("both.pem"), certificate.pem() + next.pem());
            assertThat(run("config", "ca-certs=" + both)).isZero();
            assertThat(run("refresh")).as(() -> err.toString()).isZero();
        }
    }

    @Test
    void aRefreshSucceedsWithoutTheServersAuthorities() throws IOException {
        enabled();
        assertThat(run("refresh")).isZero();
        assertThat(err.toString()).as("an earlier release").isEmpty();
        for (ScriptedServer.Reply reply :
                List.of(answer(200, "<html>"), problem(503, "down"), answer(302, "", "Location: https://localhost/"))) {
            fakeServer.answerAuthoritiesWith(reply);
            assertThat(run("refresh")).isZero();
            assertThat(err.toString()).contains("the CA certificates that the server publishes are not taken: ");
        }
        assertThat(home().resolve("state.json")).content().doesNotContain("published-ca-certs");
    }

    /** Without a CA of the operator; over plain http, since the system trusts no server of a test. */
    @Test
    void authoritiesOfTheSystemAreNotExtendedByAServer() throws IOException {
        try (ScriptedServer plain = ScriptedServer.http()) {
            new FakeLivepatchServer(plain).answerAuthoritiesWith(answer(200, certificate.pem()));
            assertThat(run("config", "--allow-http", "remote-server=" + plain.uri("")))
                    .isZero();
            assertThat(run("enable", "--architecture", "amd64", FakeLivepatchServer.AUTH_TOKEN))
                    .isZero();

            assertThat(run("refresh")).as(() -> err.toString()).isZero();
            assertThat(plain.requests()).noneMatch(request -> request.target().equals("/v1/ca-certs"));
        }
    }

    @Test
    void publishedAuthoritiesAreOfOneServerAndOneChoiceOfTheOperator() throws IOException {
        enabled();
        fakeServer.answerAuthoritiesWith(answer(200, certificate.pem()));
        String ca = "ca-certs=" + directory.resolve("ca.pem");
        Path state = home().resolve("state.json");

        assertThat(run("refresh")).isZero();
        assertThat(run("config", "remote-server=" + server.uri(""))).isZero();
        assertThat(state).content().contains("published-ca-certs");
        assertThat(run("config", ca)).isZero();
        assertThat(state).content().doesNotContain("published-ca-certs");

        assertThat(run("refresh")).isZero();
        assertThat(state).content().contains("published-ca-certs");
        assertThat(run("config", "remote-server=" + server.uri("/another"))).isZero();
        assertThat(state).content().doesNotContain("published-ca-certs");
    }

    private Path earlierState() throws IOException {
        Path file = Files.createDirectories(home()).resolve("state.json");
        try (InputStream written =
                Objects.requireNonNull(ClientToolTest.class.getResourceAsStream("state-before-enrolment-keys.json"))) {
            Files.copy(written, file);
        }
        return file;
    }

    private String sentKey() {
        return JsonMapper.shared()
                .readTree(server.lastRequest().body())
                .path("enrolment-key")
                .asString();
    }

    @Test
    void tokensMayComeFromAFileOrStandardInput() throws IOException {
        enabled();
        Path file = Files.writeString(directory.resolve("token"), FakeLivepatchServer.AUTH_TOKEN + "\n");
        assertThat(run("enable", "--architecture", "amd64", "--token-file", file.toString()))
                .isZero();
        input = FakeLivepatchServer.AUTH_TOKEN + "\n";
        assertThat(run("enable", "--architecture", "amd64", "@stdin")).isZero();
        assertThat(run("enable")).isEqualTo(2);
        assertThat(run("enable", "wrong-token")).isEqualTo(1);
    }

    @Test
    void applyCommandRunsAndItsResultIsReported() throws IOException {
        enabled();
        fakeServer.offerPatch();
        Path log = directory.resolve("log");
        String command = "printf '%s|' \"$LIVEPATCH_ACTION\" \"$LIVEPATCH_PATCH_VERSION\" \"$LIVEPATCH_KERNEL\" >>"
                + log + "; sha256sum >>" + log;

        assertThat(run("refresh", "--apply-command", command))
                .as(() -> err.toString())
                .isZero();

        assertThat(log)
                .content()
                .isEqualTo("apply|107.1|5.15.0-107.117-generic|%s  %s\n"
                        .formatted(
                                Samples.sha256(FakeLivepatchServer.PATCH), home().resolve("patches/" + Samples.NAME)));
        assertThat(fakeServer.pings()).containsExactly("ping_before", "ping_after");
        assertThat(fakeServer.reports())
                .hasSize(2)
                .last()
                .asString()
                .contains("{\"version\":\"107.1\",\"state\":\"applied\"}");
        assertThat(patchState()).isEqualTo("applied");
        assertThat(run("refresh", "--apply-command", "exit 9")).isZero();
        assertThat(out.toString()).contains("nothing to do: patch 107.1 is applied");
    }

    @Test
    void wrongDigestIsReportedToTheServer() {
        enabled();
        fakeServer.offerPatch();
        fakeServer.sendWrongBytes();

        assertThat(run("refresh", "--apply-command", "touch " + directory.resolve("applied")))
                .isNotZero();

        assertThat(err.toString()).contains("does not have the announced sha256");
        assertThat(fakeServer.pings()).containsExactly("ping_digest");
        assertThat(server.lastRequest().body()).contains("\"patch-version\":\"107.1\"", "sha256");
        assertThat(directory.resolve("applied")).doesNotExist();
        assertThat(home().resolve("patches/" + Samples.NAME)).doesNotExist();
    }

    @Test
    void failedCommandIsReportedNowAndAtTheNextCheckIn() {
        enabled();
        fakeServer.offerPatch();

        assertThat(run("refresh", "--apply-command", "exit 7;")).isEqualTo(1);

        assertThat(err.toString()).contains("patch 107.1 is apply-failed: the command exited with 7");
        assertThat(fakeServer.pings()).containsExactly("ping_before", "ping_err");
        assertThat(fakeServer.reports()).last().asString().contains("\"state\":\"apply-failed\"");
        run("refresh");
        assertThat(fakeServer.reports().get(2)).contains("\"state\":\"apply-failed\"");
    }

    @Test
    void rebootRemovesAnAppliedPatch() throws IOException {
        enabled();
        fakeServer.offerPatch();
        assertThat(run("refresh", "--apply-command", "true")).isZero();
        boot("22222222-2222-2222-2222-222222222222");

        assertThat(patchState()).isEqualTo("nothing-to-apply");
        assertThat(run("refresh", "--apply-command", "true")).isZero();
        assertThat(fakeServer.reports().get(2)).doesNotContain("\"patch\"");
        assertThat(patchState()).isEqualTo("applied");
    }

    @Test
    void withdrawnPatchIsUnappliedByTheCommandOnly() {
        enabled();
        fakeServer.offerPatch();
        assertThat(run("refresh", "--apply-command", "true")).isZero();
        fakeServer.answerCheckInWith(json("{\"action\":\"unapply\",\"version\":\"107.1\",\"reason\":\"it bites\"}"));

        assertThat(run("refresh", "--apply-command", "exit 9;")).isZero();
        assertThat(out.toString()).contains("patch 107.1 is withdrawn: it bites");
        assertThat(patchState()).isEqualTo("applied");

        assertThat(run("refresh", "--unapply-command", "test \"$LIVEPATCH_ACTION\" = unapply && true"))
                .isZero();
        assertThat(patchState()).isEqualTo("unapplied");
    }

    @Test
    void statusHasTheFieldsThatOtherToolsParse() {
        enabled();
        fakeServer.offerPatch();
        run("refresh", "--apply-command", "true");

        JsonNode json = status();

        assertThat(json.propertyNames())
                .containsExactly(
                        "Client-Version",
                        "Machine-Id",
                        "Architecture",
                        "CPU-Model",
                        "Last-Check",
                        "Boot-Time",
                        "Uptime",
                        "Status",
                        "tier");
        assertThat(json.at("/Status/0").toString())
                .isEqualTo(
                        "{\"Kernel\":\"5.15.0-107.117-generic\",\"Running\":true,\"Supported\":\"supported\","
                                + "\"Livepatch\":{\"CheckState\":\"checked\",\"State\":\"applied\",\"Version\":\"107.1\",\"Fixes\":[]}}");
        assertThat(run("status", "--format", "yaml")).isZero();
        assertThat(YAMLMapper.builder().build().readTree(out.toString())).isEqualTo(json);
        assertThat(run("status")).isZero();
        assertThat(out.toString()).isEqualTo("""
                        last check: 2026-01-02T03:04:05Z
                        kernel: 5.15.0-107.117-generic
                        server check-in: checked
                        patch state: applied
                        patch version: 107.1
                        tier: stable
                        """);
    }

    @Test
    void errorsNameTheNextStep() {
        assertThat(run("refresh")).isEqualTo(1);
        assertThat(err.toString()).contains("not enabled: run livepatch-client enable <token>");
        assertThat(run("enable", FakeLivepatchServer.AUTH_TOKEN)).isEqualTo(1);
        assertThat(err.toString()).contains("run livepatch-client config remote-server=");
        assertThat(run("config", "remote-server=http://localhost")).isEqualTo(2);
        assertThat(err.toString()).contains("--allow-http");
        assertThat(run("config", "remote=x")).isEqualTo(2);
        assertThat(run("nonsense")).isEqualTo(2);
    }

    @Test
    void unreachableOrUntrustedServerExitsWithThree() throws IOException {
        enabled();
        assertThat(run("config", "ca-certs=")).isZero();
        assertThat(run("refresh")).isEqualTo(3);
        assertThat(err.toString()).contains("is not trusted");
        server.close();
        assertThat(run("refresh")).isEqualTo(3);
        assertThat(run("disable")).isEqualTo(3);
        assertThat(run("disable", "--force")).isZero();
    }

    @Test
    void tokenIsDroppedWhenTheServerChanges() throws IOException {
        enabled();
        assertThat(run("config", "remote-server=https://elsewhere.example")).isZero();
        assertThat(out.toString()).contains("run livepatch-client enable");
        assertThat(home().resolve("state.json")).content().doesNotContain(FakeLivepatchServer.MACHINE_TOKEN);
    }

    @Test
    void concurrentCommandIsRefused() {
        enabled();
        try (ClientDirectory other = ClientDirectory.open(home())) {
            assertThat(run("refresh")).isEqualTo(1);
            assertThat(err.toString()).contains("another livepatch-client uses");
            assertThat(run("status")).isZero();
            assertThat(other.patches()).exists();
        }
    }

    @Test
    void missingMachineIdIsGeneratedOnce() throws IOException {
        Files.delete(directory.resolve("root/etc/machine-id"));
        enabled();
        String first = status().path("Machine-Id").asString();
        assertThat(first).matches("[0-9a-f]{32}");
        assertThat(run("disable")).isZero();
        enabled();
        assertThat(status().path("Machine-Id").asString()).isEqualTo(first);
    }

    @Test
    void damagedStateIsAnError() throws IOException {
        enabled();
        Files.writeString(home().resolve("state.json"), "{");
        assertThat(run("refresh")).isEqualTo(1);
        assertThat(err.toString()).contains("is damaged").contains("delete it");
    }
}
