package io.livepatch.charm.juju;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.juju.FakeModel.SecretData;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The three charms as processes of Juju's hooks, with a real PostgreSQL and a real haproxy; the steps follow one another. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class JujuStackIT {
    private static FakeJuju juju;

    @BeforeAll
    static void start() throws IOException {
        juju = new FakeJuju("127.0.89");
    }

    @AfterAll
    static void stop() throws IOException {
        juju.close();
    }

    @Test
    @Order(1)
    void theStackComesUpFromEventsAlone() {
        juju.deploy("postgresql", "postgresql");
        juju.deploy("livepatch", "livepatch");
        juju.deploy("haproxy", "haproxy");
        juju.addUnit("haproxy");
        juju.settle();
        assertThat(status("livepatch/0")).isEqualTo("blocked: Waiting for postgres relation to be established.");

        juju.relate("livepatch", "database", "postgresql", "database");
        juju.relate("haproxy", "reverseproxy", "livepatch", "website");
        juju.settle();
        await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            juju.updateStatus();
            assertThat(status("postgresql/0")).isEqualTo("active: Primary");
            assertThat(status("livepatch/0")).isEqualTo("active: Livepatch running!");
            assertThat(status("haproxy/0")).isEqualTo("active: Unit is ready");
            assertThat(status("haproxy/1")).isEqualTo("active: Unit is ready");
        });
    }

    @Test
    @Order(2)
    void hooksWithoutAChangeWriteNothing() {
        String before = juju.model.shared();
        assertThat(before).contains("ingress-address", "private-address", "egress-subnets");

        for (String unit : List.of("postgresql/0", "livepatch/0", "haproxy/0", "haproxy/1")) {
            assertThat(juju.hook(unit, "update-status").expectSuccess().calls())
                    .noneMatch(call ->
                            call.matches("(relation-set|secret-(add|set|grant|remove)|open-port|close-port) .*"));
        }
        assertThat(juju.model.shared()).isEqualTo(before);
    }

    @Test
    @Order(2)
    void noSecretIsAnArgumentOfAProgram() {
        List<String> contents = juju.model.secrets.values().stream()
                .flatMap(secret -> secret.contents.values().stream())
                .flatMap(content -> content.entrySet().stream())
                .filter(entry -> !entry.getKey().equals("username"))
                .map(Map.Entry::getValue)
                .toList();
        assertThat(contents).hasSizeGreaterThan(5);
        assertThat(juju.calls).noneMatch(call -> contents.stream().anyMatch(call::contains));
    }

    @Test
    @Order(3)
    void aKilledHookCommitsNothingAndIsRepeated() {
        int website = relation("livepatch/0", "website");
        String before = juju.model.shared();
        juju.model.application("livepatch").config.put("server.server-address", ":8081");
        juju.killAfter("relation-set");

        FakeJuju.Ended killed = juju.hook("livepatch/0", "config-changed");

        assertThat(killed.exit()).isEqualTo(137);
        assertThat(juju.model.shared()).isEqualTo(before);
        assertThat(status("livepatch/0")).isEqualTo("error: hook failed: \"config-changed\"");
        juju.hook("livepatch/0", "config-changed").expectSuccess();
        assertThat(juju.model.relations.get(website).bag("livepatch/0")).containsEntry("port", "8081");
        juju.settle();
        assertThat(status("livepatch/0")).isEqualTo("active: Livepatch running!");
    }

    @Test
    @Order(4)
    void aNewRevisionOfASecretReachesItsReader() throws IOException {
        juju.config("postgresql", "port", 5433);
        juju.settle();

        SecretData secret = juju.model
                .secret("postgresql", "database." + relation("livepatch/0", "database") + ".user.secret")
                .orElseThrow();
        // The hook secret-remove has removed the revision that no unit reads any more.
        assertThat(secret.contents).containsOnlyKeys(2);
        assertThat(secret.tracked).containsEntry("livepatch/0", 2);
        assertThat(Files.readString(juju.unitDirectory("livepatch/0").resolve("livepatch.yaml")))
                .contains(secret.contents.get(2).get("uris"));
    }

    @Test
    @Order(5)
    void anotherCharmThatAsksForNoSecretsGetsPlainCredentials() {
        int relation = juju.relateForeign("postgresql", "database", Map.of("database", "legacy"));
        juju.settle();

        Map<String, String> bag = juju.model.relations.get(relation).bag("postgresql");
        assertThat(bag).containsKeys("username", "password", "uris").doesNotContainKey("secret-user");
        assertThat(ExternalProgram.of("psql", "-XAtq", "-c", "SELECT current_database()", bag.get("uris"))
                        .run()
                        .stdout())
                .isEqualTo("legacy\n");
    }

    @Test
    @Order(6)
    void anotherLeaderContinues() {
        juju.elect("haproxy/1");
        juju.settle();

        assertThat(juju.hook("haproxy/0", "update-status").expectSuccess().log())
                .isEmpty();
        assertThat(status("haproxy/0")).isEqualTo("active: Unit is ready");
        assertThat(status("haproxy/1")).isEqualTo("active: Unit is ready");
    }

    @Test
    @Order(6)
    void anAddressThatIsNotTheMachinesKeepsTheServerAtTheFormerOne() {
        int database = relation("livepatch/0", "database");
        String before = juju.model.relations.get(database).bag("postgresql").get("endpoints");
        String address = juju.model.unit("postgresql/0").address;
        juju.model.unit("postgresql/0").address = "192.0.2.1";

        juju.hook("postgresql/0", "config-changed").expectSuccess();

        assertThat(status("postgresql/0"))
                .startsWith("blocked: configuration refused: cannot listen on 192.0.2.1:5433")
                .contains("running with the last good one");
        assertThat(juju.model.relations.get(database).bag("postgresql")).containsEntry("endpoints", before);
        juju.model.unit("postgresql/0").address = address;
        juju.hook("postgresql/0", "config-changed").expectSuccess();
        assertThat(status("postgresql/0")).isEqualTo("active: Primary");
    }

    @Test
    @Order(7)
    void aDyingUnitDrainsBeforeItStops() {
        int website = relation("livepatch/0", "website");
        juju.markDying("livepatch/0");

        juju.hook("livepatch/0", "update-status").expectSuccess();

        assertThat(juju.model.relations.get(website).bag("livepatch/0")).containsEntry("state", "draining");
        assertThat(status("livepatch/0")).startsWith("maintenance: draining, waits for requests of haproxy/0");
        juju.settle();
        assertThat(juju.model.relations.get(website).bag("haproxy/0")).containsEntry("drained", "livepatch/0");
        juju.removeUnit("livepatch/0");
        juju.settle();
        assertThat(juju.model.unit("livepatch/0")).isNull();
        assertThat(juju.unitDirectory("livepatch/0")).doesNotExist();
    }

    private static int relation(String unit, String endpoint) {
        return juju.model.relations.entrySet().stream()
                .filter(relation -> relation.getValue()
                        .end(unit)
                        .filter(end -> end.endpoint().equals(endpoint))
                        .isPresent())
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private static String status(String unit) {
        return juju.model.unit(unit).status;
    }
}
