package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.LocalModel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The charm of PostgreSQL alone, with a real server; the steps follow one another as in one afternoon. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PostgresqlIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static LocalModel model;

    @BeforeAll
    static void start() {
        model = new LocalModel("127.0.77");
    }

    @AfterAll
    static void stop() {
        model.close();
    }

    private static ExternalProgram.Output psql(String sql) {
        String password = model.juju("run", "postgresql/0", "get-password", "--format", "json")
                .json()
                .findValue("password")
                .asString();
        return ExternalProgram.of("psql", "-XAtq", "-h", "127.0.77.1", "-U", "operator", "-d", "postgres", "-c", sql)
                .withEnvironment("PGPASSWORD", password)
                .run();
    }

    @Test
    @Order(1)
    void comesUpAndTakesALoginOverScram() {
        model.juju("deploy", "postgresql").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();

        assertThat(psql("SHOW data_checksums").stdout().strip()).isEqualTo("on");
        assertThat(psql("SELECT rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolname='operator'")
                        .stdout()
                        .strip())
                .isEqualTo("t");
        assertThat(ExternalProgram.of(
                                "psql",
                                "-XAtq",
                                "-h",
                                "127.0.77.1",
                                "-U",
                                "operator",
                                "-d",
                                "postgres",
                                "-c",
                                "SELECT 1")
                        .withEnvironment("PGPASSWORD", "wrong")
                        .run()
                        .stderr())
                .contains("password authentication failed");
        assertThat(model.juju("status").out())
                .contains("postgresql/0*  active")
                .contains("Primary")
                .contains("5432/tcp");
    }

    /** The probe connects every two seconds as the user of the controller, which is unknown to the server. */
    @Test
    @Order(2)
    void probesAndRefusedStatementsAreNotLogged() throws Exception {
        Path log = model.home().resolve("units/postgresql-0/log/postgresql.log");
        for (int i = 0; i < 20; i++) {
            assertThat(ExternalProgram.of(
                                    "pg_isready",
                                    "--quiet",
                                    "--host=127.0.77.1",
                                    "--username=operator",
                                    "--dbname=dbname=postgres passfile=/dev/null/none")
                            .run()
                            .ok())
                    .isTrue();
        }
        String before = Files.readString(log);
        assertThat(before).doesNotContain("FATAL:  no pg_hba.conf entry", "FATAL:  role", "FATAL:  Peer");

        assertThat(psql("SELECT 'a parameter' FROM absent").ok()).isFalse();
        assertThat(Files.readString(log).substring(before.length()))
                .contains("relation \"absent\" does not exist")
                .doesNotContain("STATEMENT", "a parameter");
    }

    @Test
    @Order(2)
    void comesBackWithItsDataAfterAKill() {
        assertThat(psql("CREATE TABLE kept AS SELECT 42 AS answer").ok()).isTrue();
        ProcessHandle killed = model.process("postgresql-0/data").orElseThrow();
        killed.destroyForcibly();

        await("it serves again")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(
                                psql("SELECT answer FROM kept").stdout().strip())
                        .isEqualTo("42"));
        assertThat(model.process("postgresql-0/data")).isPresent().get().isNotEqualTo(killed);
        assertThat(model.home().resolve("debug.log"))
                .as("the charm started it, and not the supervisor")
                .content()
                .contains("start PostgreSQL again, which ended with signal KILL");
    }

    @Test
    @Order(3)
    void aConfigurationThatTheServerRefusesDoesNotTouchTheRunningServer() {
        ProcessHandle before = model.process("postgresql-0/data").orElseThrow();
        LocalModel.Outcome refused = model.juju("config", "postgresql", "shared-buffers=plenty", "port=80");

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("shared-buffers is 'plenty'").contains("port is 80");
        assertThat(model.juju("config", "postgresql", "port").out()).isEqualTo("5432\n");
        assertThat(model.process("postgresql-0/data")).contains(before);
        assertThat(psql("SELECT answer FROM kept").stdout().strip()).isEqualTo("42");
    }

    private static void awaitStatus(String text) {
        await(text)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").out()).contains(text));
    }

    private static void assertServesItsData() {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                psql("SELECT answer FROM kept").stdout().strip())
                        .isEqualTo("42"));
    }

    @Test
    @Order(4)
    void aPortThatIsTakenIsNotTriedUntilItIsFree() throws IOException {
        ProcessHandle before = model.process("postgresql-0/data").orElseThrow();
        try (ServerSocket taken = new ServerSocket(5499, 1, InetAddress.ofLiteral("127.0.77.1"))) {
            model.juju("config", "postgresql", "port=" + taken.getLocalPort()).expectSuccess();

            awaitStatus("configuration refused (port): 127.0.77.1:5499 is in use by another process");
            assertThat(model.process("postgresql-0/data")).contains(before);
            assertServesItsData();
        }
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
        assertThat(model.process("postgresql-0/data")).isPresent().get().isNotEqualTo(before);
        model.juju("config", "postgresql", "--reset", "port").expectSuccess();
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
        assertServesItsData();
    }

    /** Only a start tells that the machine has not so much memory: 262100 connections alone take 14 GB. */
    @Test
    @Order(5)
    void memoryThatTheMachineDoesNotHaveIsRefusedByAStartAndTheLastGoodConfigurationRuns() {
        long memory = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
        String buffers = "shared-buffers=" + memory / 4 * 3 / (1 << 20) + "MB";
        model.juju("config", "postgresql", buffers, "max-connections=262100").expectSuccess();
        model.process("ControllerMain").ifPresent(ProcessHandle::destroyForcibly);

        awaitStatus("configuration refused (max-connections, shared-buffers): FATAL: could not map anonymous shared"
                + " memory: Cannot allocate memory; running with the last good one");
        assertServesItsData();
        assertThat(psql("SHOW max_connections").stdout().strip()).isEqualTo("100");
        assertThat(model.juju("run", "postgresql/0", "retry").said()).contains("the configuration is refused again");
        assertServesItsData();
        ProcessHandle before = model.process("postgresql-0/data").orElseThrow();

        model.juju("config", "postgresql", "max-connections=262143").expectSuccess();
        awaitStatus("invalid value for parameter \"max_connections\": 262143");
        model.juju("config", "postgresql", "--reset", "shared-buffers,max-connections")
                .expectSuccess();
        model.juju("wait-for", "--timeout", "1m").expectSuccess();
        assertThat(model.process("postgresql-0/data"))
                .as("the server that ran meanwhile has these options")
                .contains(before);
    }

    @Test
    @Order(6)
    void anUnknownOptionIsRefusedWithASuggestion() {
        LocalModel.Outcome outcome = model.juju("config", "postgresql", "max-conections=5");

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.err()).contains("did you mean 'max-connections'?");
    }

    @Test
    @Order(7)
    void stopsGracefullyAndKeepsItsData() {
        model.juju("shutdown").expectSuccess();
        assertThat(model.processes()).isEmpty();
        model.juju("wait-for", "--timeout", "1m").expectSuccess();

        assertThat(psql("SELECT answer FROM kept").stdout().strip()).isEqualTo("42");
    }
}
