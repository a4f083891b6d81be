package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.LocalModel;
import io.livepatch.testing.JavaCommand;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands delete, stop or start nothing without a confirmation or a request, with real charms. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConfirmationIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static LocalModel model;

    @BeforeAll
    static void start() {
        model = new LocalModel("127.0.83");
        model.juju("deploy", "livepatch").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
    }

    @AfterAll
    static void stop() {
        model.close();
    }

    private static void psql(String sql) {
        String password = model.juju("run", "postgresql/0", "get-password", "--format", "json")
                .json()
                .findValue("password")
                .asString();
        assertThat(ExternalProgram.of(
                                "psql", "-XAtq", "-h", "127.0.83.2", "-U", "operator", "-d", "livepatch", "-c", sql)
                        .withEnvironment("PGPASSWORD", password)
                        .run()
                        .ok())
                .isTrue();
    }

    @ParameterizedTest
    @Order(1)
    @ValueSource(
            strings = {
                "reset",
                "models",
                "destroy",
                "remove",
                "destory-model",
                "remove-aplication",
                "remov-unit",
                "shutdwon",
                "show"
            })
    void aCommandThatDeletesOrStopsIsNeverSuggested(String typed) {
        LocalModel.Outcome refused = model.juju(typed);

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err())
                .contains("'" + typed + "'")
                .doesNotContain("destroy-model", "remove-unit", "remove-application", "shutdown");
    }

    @Test
    @Order(1)
    void otherCommandsAreSuggested() {
        assertThat(model.juju("statu").err()).contains("did you mean 'status'?");
    }

    @ParameterizedTest
    @Order(2)
    @ValueSource(
            strings = {
                "destroy-model extra --no-prompt",
                "destroy-model --no-prompt --help",
                "destroy-model --no-promt",
                "remove-application postgresql --no-prompt --force",
                "remove-application postgresql livepatch --no-prompt",
                "remove-application --no-prompt postgresql --help",
                "remove-unit postgresql/0 --no-prompt --bogus",
                "remove-unit postgresql/0 --no-prompt --help",
                "shutdown now",
                "shutdown --help",
                "status extra",
                "wait-for extra",
                "show-unit livepatch/0 livepatch/1",
                "add-unit haproxy 2",
                "config livepatch --bogus",
                "deploy haproxy edge extra"
            })
    void argumentsThatAreNotKnownAndHelpDoNothing(String line) throws Exception {
        String before = Files.readString(model.home().resolve("model.json"));

        LocalModel.Outcome outcome = model.juju(line.split(" "));

        assertThat(outcome.exit()).as(outcome.said()).isEqualTo(line.endsWith("--help") ? 0 : 2);
        assertThat(model.home().resolve("model.json")).content().isEqualTo(before);
        assertThat(model.process("ControllerMain")).isPresent();
    }

    @Test
    @Order(3)
    void withoutATerminalADeletionNeedsTheOptionNoPrompt() throws Exception {
        String before = Files.readString(model.home().resolve("model.json"));

        for (String[] command : new String[][] {
            {"destroy-model"},
            {"remove-application", "postgresql"},
            {"remove-application", "haproxy"},
            {"remove-unit", "postgresql/0"},
            {"remove-unit", "livepatch/0"}
        }) {
            LocalModel.Outcome refused = model.jujuWithInput("y\n", command);
            assertThat(refused.exit()).as(refused.said()).isEqualTo(2);
            assertThat(refused.err()).contains("nothing was deleted").contains("--no-prompt");
        }
        assertThat(model.home().resolve("model.json")).content().isEqualTo(before);
    }

    @Test
    @Order(4)
    void onATerminalItAsksWithTheAmountOfData() throws Exception {
        psql(
                "CREATE TABLE patches AS SELECT generate_series(1, 42); CREATE TABLE machines AS SELECT generate_series(1, 1208)");
        String before = Files.readString(model.home().resolve("model.json"));

        for (String[] command :
                new String[][] {{"destroy-model"}, {"remove-application", "postgresql"}, {"remove-unit", "postgresql/0"}
                }) {
            for (String answer : new String[] {"n", "", "yeah", "postgresql"}) {
                LocalModel.Outcome kept = model.jujuAnswering(answer, command);
                assertThat(kept.exit()).as(kept.said()).isEqualTo(1);
                assertThat(kept.err())
                        .contains("42 patches, 1,208 machines")
                        .contains("Continue [y/N]? ")
                        .contains("nothing was deleted");
            }
        }
        assertThat(model.home().resolve("model.json")).content().isEqualTo(before);
        assertThat(model.jujuAnswering("n", "remove-application", "postgresq").err())
                .contains("did you mean 'postgresql'?")
                .doesNotContain("Continue");
    }

    /** With the question and the answer on a pseudo-terminal, as a person has them. */
    @Test
    @Order(5)
    void aRealTerminalIsAskedForAConfirmation() {
        ExternalProgram.Output kept = onTerminal("n", "destroy-model");

        assertThat(kept.stdout()).contains("42 patches, 1,208 machines").contains("Continue [y/N]? ");
        assertThat(kept.exit()).isEqualTo(1);
        assertThat(model.juju("status").expectSuccess().out()).contains("Livepatch running!");
    }

    private static ExternalProgram.Output onTerminal(String answer, String command) {
        ExternalProgram script = ExternalProgram.of(
                        "script",
                        "--quiet",
                        "--return",
                        "--echo",
                        "never",
                        "--command",
                        JavaCommand.quoted(JavaCommand.program("io.livepatch.charm.JujuMain")) + " " + command,
                        "/dev/null")
                .withInput(answer + "\n")
                .withTimeout(SOON);
        for (Map.Entry<String, String> variable : model.environment().entrySet()) {
            if (variable.getKey().startsWith("LIVEPATCH_")) {
                script = script.withEnvironment(variable.getKey(), variable.getValue());
            }
        }
        return script.run();
    }

    @Test
    @Order(6)
    void uncountableDataIsReported() {
        psql(
                "ALTER TABLE patches RENAME TO kept; CREATE VIEW patches AS SELECT n FROM generate_series(0, 1) n WHERE 1 / n > 0");

        assertThat(model.jujuAnswering("n", "remove-application", "postgresql").err())
                .contains("not counted: postgresql/0: ")
                .contains("division by zero");
        psql("DROP VIEW patches; ALTER TABLE kept RENAME TO patches");
    }

    @Test
    @Order(7)
    void aCommandThatShowsDoesNotStartAStoppedModel() throws Exception {
        model.juju("config", "haproxy", "strategy=random").expectSuccess();
        model.juju("wait-for").expectSuccess();
        model.juju("shutdown").expectSuccess();
        String before = Files.readString(model.home().resolve("model.json"));

        for (String line : new String[] {
            "status",
            "status --format json",
            "show-unit livepatch/0",
            "config haproxy",
            "config haproxy strategy",
            "actions livepatch"
        }) {
            LocalModel.Outcome outcome = model.juju(line.split(" "));
            assertThat(outcome.exit()).as(line + ": " + outcome.said()).isEqualTo(3);
            assertThat(outcome.said()).contains("is stopped").contains("juju wait-for");
        }
        assertThat(model.juju("status").out())
                .containsPattern("livepatch/0\\*  +unknown  +lost ")
                .contains("stopped");
        assertThat(model.juju("config", "haproxy", "strategy").out()).isEqualTo("random\n");
        assertThat(model.juju("debug-log", "-n", "5").expectSuccess().out()).isNotEmpty();
        assertThat(model.juju("deploy", "haproxy", "edge", "--dry-run")
                        .expectSuccess()
                        .out())
                .contains("edge/0");
        assertThat(model.juju("config", "haproxy", "nope").err()).contains("unknown option of 'haproxy'");
        assertThat(model.jujuAnswering("n", "destroy-model").err())
                .contains("the model is stopped, so its data cannot be counted");
        for (String[] command :
                new String[][] {{"remove-application", "postgresql"}, {"remove-unit", "postgresql/0"}}) {
            assertThat(model.jujuWithInput("y\n", command).exit()).isEqualTo(2);
            assertThat(model.jujuAnswering("n", command).err())
                    .contains("the model is stopped, so its data cannot be counted")
                    .contains("nothing was deleted");
        }

        assertThat(model.processes()).isEmpty();
        assertThat(model.home().resolve("model.json")).content().isEqualTo(before);
    }

    @Test
    @Order(8)
    void withoutADeploymentACommandThatShowsCreatesNothing() throws Exception {
        try (LocalModel none = new LocalModel("127.0.84")) {
            assertThat(none.juju("status").expectSuccess().out()).contains("is empty");
            assertThat(none.juju("show-unit", "a/0").exit()).isEqualTo(1);
            assertThat(none.juju("wait-for").exit()).isEqualTo(1);
            for (String line : new String[] {
                "config haproxy",
                "config haproxy strategy=random",
                "config haproxy --reset strategy",
                "run livepatch/0 restart",
                "actions livepatch",
                "add-unit haproxy",
                "integrate livepatch haproxy",
                "remove-unit haproxy/0",
                "remove-unit haproxy/0 --no-prompt",
                "remove-application haproxy",
                "remove-application haproxy --no-prompt"
            }) {
                LocalModel.Outcome outcome = none.juju(line.split(" "));
                assertThat(outcome.exit()).as(line + ": " + outcome.said()).isEqualTo(1);
                assertThat(outcome.err())
                        .as(line)
                        .contains("there is no model in " + none.home() + "; deploy something: juju deploy livepatch");
            }
            assertThat(none.juju("deploy", "livepatch", "--dry-run")
                            .expectSuccess()
                            .out())
                    .contains("postgresql/0")
                    .contains("haproxy/0");
            assertThat(none.home()).doesNotExist();
        }
    }

    @Test
    @Order(8)
    void afterTheRemovalOfAllApplicationsNothingIsStarted() {
        try (LocalModel emptied = new LocalModel("127.0.84")) {
            emptied.juju("deploy", "haproxy").expectSuccess();
            emptied.juju("remove-application", "haproxy", "--no-prompt").expectSuccess();
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(emptied.juju("status").out()).contains("is empty"));
            emptied.juju("shutdown").expectSuccess();

            LocalModel.Outcome outcome = emptied.juju("run", "livepatch/0", "restart");
            assertThat(outcome.exit()).isEqualTo(1);
            assertThat(outcome.err()).contains("there is no model in");
            assertThat(emptied.processes()).isEmpty();
        }
    }

    @Test
    @Order(9)
    void aYesDeletesAndUnitsWithoutDataNeedNoConfirmation() {
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
        model.juju("add-unit", "haproxy").expectSuccess();
        model.juju("remove-unit", "haproxy/1").expectSuccess();

        model.jujuAnswering("y", "remove-unit", "livepatch/0").expectSuccess();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").out()).doesNotContain("livepatch/0", "haproxy/1"));
        model.juju("remove-application", "haproxy", "--no-prompt").expectSuccess();
        model.jujuAnswering("yes", "destroy-model").expectSuccess();
        assertThat(model.processes()).isEmpty();
        assertThat(Stream.of(model.home()).filter(Files::exists))
                .allSatisfy(home -> assertThat(home).isEmptyDirectory());
    }
}
