package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.LocalModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Scaling of all applications, with real PostgreSQL and haproxy, and a stand-in for the server. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 4, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScaleIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String PREFIX = "  juju ";
    private static LocalModel model;
    private static List<String> wayOut = List.of();

    @BeforeAll
    static void start() {
        model = new LocalModel("127.0.81");
    }

    @AfterAll
    static void stop() {
        model.close();
    }

    /** Runs the command that a message suggests. */
    private static LocalModel.Outcome type(String command) {
        return model.juju(command.split(" "));
    }

    private static List<String> commands(LocalModel.Outcome outcome) {
        return outcome.err()
                .lines()
                .filter(line -> line.startsWith(PREFIX))
                .map(line -> line.substring(PREFIX.length()))
                .toList();
    }

    private static String yaml(String unit) {
        try {
            return Files.readString(model.home().resolve("units/" + unit + "/livepatch.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path turnOn(String name) {
        try {
            return Files.createFile(model.home().resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitStatus(String text) {
        await(text)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").out()).contains(text));
    }

    private static void awaitActive() {
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
    }

    @Test
    @Order(1)
    void aSecondUnitOnAFilesystemIsRefusedAndNothingChanges() throws IOException {
        model.juju("deploy", "livepatch").expectSuccess();
        awaitActive();
        String before = Files.readString(model.home().resolve("model.json"));

        LocalModel.Outcome refused = model.juju("add-unit", "livepatch");

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err())
                .contains("the filesystem patch storage type is not compatible with a scaled out livepatch setup");
        wayOut = commands(refused);
        assertThat(wayOut)
                .containsExactly(
                        "run livepatch/0 storage-migrate to=postgres", "config livepatch patch-storage.type=postgres");
        assertThat(model.home().resolve("model.json")).content().isEqualTo(before);
        assertThat(model.juju("add-unit", "postgresql").err()).contains("makes no followers of it yet");
    }

    @Test
    @Order(2)
    void twoHaproxiesServeTheSameUnitUnderOneAuthority() throws IOException {
        assertThat(model.juju("add-unit", "haproxy").expectSuccess().out()).contains("adding haproxy/1");
        awaitActive();

        String ca = model.juju("run", "haproxy/leader", "get-certificate", "--format", "json")
                .json()
                .findValue("ca")
                .asString();
        Path file = Files.writeString(model.home().resolveSibling("ca.crt"), ca);
        for (String address : List.of("127.0.81.3", "127.0.81.4")) {
            String url = "https://" + address + ":8443/health/ready";
            await(url)
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(ExternalProgram.of(
                                            "curl", "-sSf", "--max-time", "5", "--cacert", file.toString(), url)
                                    .run()
                                    .stdout())
                            .isEqualTo("{\"status\":\"ready\"}"));
        }
        assertThat(model.juju("status").out()).contains("haproxy/0*").contains("haproxy/1 ");
    }

    @Test
    @Order(3)
    void storageActionsReportProgressAndResults() {
        LocalModel.Outcome dry =
                type("run livepatch/0 storage-migrate to=postgres dry-run=true").expectSuccess();
        assertThat(dry.out()).doesNotContain("next:").contains("dry-run: true");

        assertThat(model.juju("run", "livepatch/0", "migrate", "to=postgres").err())
                .contains("did you mean 'storage-migrate'?");
        LocalModel.Outcome done = type(wayOut.getFirst()).expectSuccess();
        assertThat(done.err()).contains("migrate: 1 of 2 patches");
        assertThat(done.out())
                .contains("patches.copied: 2")
                .contains("next: juju config livepatch patch-storage.type=postgres");
        assertThat(model.juju("debug-log", "--no-tail", "-n", "1000").out()).contains("migrate: 1 of 2 patches");
    }

    @Test
    @Order(4)
    void theSuggestedCommandsLiftTheLimitAndTheSecondUnitIsPublishedWhenReady() throws IOException {
        type(wayOut.getLast()).expectSuccess();
        Path unready = turnOn("unready-livepatch-1");
        model.juju("add-unit", "livepatch").expectSuccess();

        awaitStatus("Livepatch is starting");
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(model.juju("show-unit", "livepatch/1").out()).contains("503"));
        assertThat(Files.readString(model.home().resolve("model.json")))
                .contains("\"livepatch/0\" :")
                .doesNotContain("\"livepatch/1\" :");
        assertThat(endpoints()).contains("livepatch-0").doesNotContain("livepatch-1");

        Files.delete(unready);
        awaitActive();
        await().atMost(SOON).untilAsserted(() -> assertThat(endpoints()).contains("livepatch-0", "livepatch-1"));
    }

    private static String endpoints() {
        return model.juju("run", "haproxy/1", "get-proxied-endpoints")
                .expectSuccess()
                .out();
    }

    @Test
    @Order(5)
    void allUnitsShareAdministratorsAndTheDatabaseButNoDirectory() {
        for (String key : List.of("auth.basic.users", "database.connection-string")) {
            assertThat(line(yaml("livepatch-1"), key)).isEqualTo(line(yaml("livepatch-0"), key));
        }
        assertThat(password("livepatch/1")).isEqualTo(password("livepatch/0"));
        assertThat(line(yaml("livepatch-1"), "patch-cache.path")).contains("/units/livepatch-1/cache");
    }

    private static String line(String yaml, String key) {
        return yaml.lines().filter(it -> it.startsWith(key + ":")).findFirst().orElseThrow();
    }

    private static String password(String unit) {
        return model.juju("run", unit, "get-admin-password", "--format", "json")
                .json()
                .findValue("password")
                .asString();
    }

    @Test
    @Order(6)
    void theWayBackNeedsASingleUnitAndARemovedUnitLeavesNothing() throws IOException {
        assertThat(type("run livepatch/1 storage-migrate to=filesystem").err())
                .contains("not compatible with a scaled out livepatch setup")
                .contains("first: juju remove-unit livepatch/1");
        LocalModel.Outcome refused = model.juju("config", "livepatch", "--reset", "patch-storage.type");
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(commands(refused))
                .containsExactly("remove-unit livepatch/1", "run livepatch/0 storage-migrate to=filesystem");

        commands(refused).forEach(command -> type(command).expectSuccess());
        model.juju("remove-unit", "haproxy/0").expectSuccess();
        awaitActive();
        model.juju("config", "livepatch", "--reset", "patch-storage.type").expectSuccess();
        awaitActive();

        for (String unit : List.of("livepatch-1", "haproxy-0")) {
            assertThat(model.home().resolve("units").resolve(unit)).doesNotExist();
            assertThat(model.process("units/" + unit)).isEmpty();
        }
        assertThat(Files.readString(model.home().resolve("model.json")))
                .doesNotContain("\"livepatch/1\" :")
                .doesNotContain("\"haproxy/0\" :");
        await().atMost(SOON).untilAsserted(() -> assertThat(endpoints()).doesNotContain("livepatch-1"));
        assertThat(model.juju("run", "haproxy/1", "get-configuration").out()).doesNotContain("livepatch-1");
        assertThat(model.juju("status").out()).contains("haproxy/1*").doesNotContain("livepatch/1");
    }

    @Test
    @Order(7)
    void aNumberIsNeverUsedAgain() {
        assertThat(model.juju("add-unit", "haproxy", "-n", "2").expectSuccess().out())
                .contains("adding haproxy/2, haproxy/3");
        awaitActive();
        model.juju("remove-unit", "haproxy/2", "haproxy/3").expectSuccess();
        awaitActive();
    }

    @Test
    @Order(8)
    void secretsOfAStoreAreNeverShown() throws IOException {
        model.jujuWithInput("hush-hush", "config", "livepatch", "patch-storage.s3-secret-key=@-")
                .expectSuccess();
        await().atMost(SOON).untilAsserted(() -> assertThat(yaml("livepatch-0")).contains("hush-hush"));

        assertThat(model.juju("config", "livepatch", "--format", "yaml").out())
                .contains("(hidden)")
                .doesNotContain("hush-hush");
        assertThat(Files.readString(model.home().resolve("debug.log"))).doesNotContain("hush-hush");
    }

    @Test
    @Order(9)
    void anEmptyOptionIsUnset() {
        model.juju("config", "livepatch", "patch-storage.s3-prefix=here").expectSuccess();
        await().atMost(SOON).untilAsserted(() -> assertThat(yaml("livepatch-0")).contains("s3-prefix"));

        model.juju("config", "livepatch", "patch-storage.s3-prefix=").expectSuccess();
        await().atMost(SOON).untilAsserted(() -> assertThat(yaml("livepatch-0")).doesNotContain("s3-prefix"));
    }

    @Test
    @Order(10)
    void aLongActionBlocksNoOtherWorkAndEndsWithItsController() throws IOException {
        assertThat(type("run livepatch/0 storage-migrate to=s3").err())
                .contains("patch-storage.s3-bucket is not set\nset it and try again");
        turnOn("hold-verify");
        CompletableFuture<LocalModel.Outcome> verify =
                CompletableFuture.supplyAsync(() -> type("run livepatch/0 storage-verify"));
        await().atMost(SOON).until(() -> model.process("storage verify").isPresent());

        type("run livepatch/0 storage-status").expectSuccess();
        model.juju("config", "livepatch", "server.url-ttl=2h").expectSuccess();
        await().atMost(SOON).untilAsserted(() -> assertThat(yaml("livepatch-0")).contains("2h"));
        awaitActive();
        assertThat(model.process("storage verify")).isPresent();

        model.process("ControllerMain").orElseThrow().destroyForcibly();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(model.process("storage verify")).isEmpty());
        assertThat(verify.join().exit()).isNotZero();
        awaitActive();
    }

    @Test
    @Order(11)
    void aLongActionDoesNotDelayTheRemovalOfItsUnit() {
        CompletableFuture<LocalModel.Outcome> verify =
                CompletableFuture.supplyAsync(() -> type("run livepatch/0 storage-verify"));
        await().atMost(SOON).until(() -> model.process("storage verify").isPresent());

        model.juju("remove-unit", "livepatch/0", "--no-prompt").expectSuccess();

        assertThat(verify.join().exit()).isEqualTo(1);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").out()).doesNotContain("livepatch/0"));
        assertThat(model.process("storage verify")).isEmpty();
    }
}
