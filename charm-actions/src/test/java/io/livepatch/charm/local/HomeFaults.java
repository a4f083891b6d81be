package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.testing.LocalModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A model whose directory has faults; runs in a mount namespace of its own. Ends with an exception if an expectation is not met. */
final class HomeFaults {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final String RELATE = "Waiting for reverseproxy relation";

    private final LocalModel model;
    private final Path home;

    private HomeFaults(LocalModel model) {
        this.model = model;
        this.home = model.home();
    }

    public static void main(String... arguments) throws IOException {
        try (LocalModel model = new LocalModel("127.0.93")) {
            Files.createDirectories(model.home());
            mount("-t", "tmpfs", "-o", "size=64m,mode=711", "none", model.home().toString());
            try {
                new HomeFaults(model).run();
            } catch (AssertionError | RuntimeException e) {
                printLogs(model.home());
                throw e;
            } finally {
                model.juju("destroy-model", "--no-prompt");
                ExternalProgram.of("umount", "--lazy", model.home().toString()).runOrThrow();
            }
        }
    }

    private static void printLogs(Path home) throws IOException {
        for (String name : List.of("controller.log", "debug.log", "supervisor.log")) {
            Path log = home.resolve(name);
            System.out.println(name + ":\n" + (Files.exists(log) ? Files.readString(log) : "none"));
        }
    }

    private void run() throws IOException {
        model.juju("deploy", "haproxy").expectSuccess();
        awaitStatus(RELATE);
        aFullDisk();
        aModelThatIsCutShort();
        model.juju("shutdown").expectSuccess();
        aReadOnlyHomeOfAStoppedModel();
    }

    private static void mount(String... arguments) {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(arguments));
        ExternalProgram.of(command).runOrThrow();
    }

    private long haproxy() {
        return model.process("haproxy-0/haproxy.cfg").orElseThrow().pid();
    }

    private void awaitStatus(String text) {
        await(text)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").said()).contains(text));
    }

    private void killController() {
        ProcessHandle controller = model.process("ControllerMain").orElseThrow();
        controller.destroyForcibly();
        controller.onExit().join();
    }

    private void aFullDisk() throws IOException {
        long haproxy = haproxy();
        Path filler = home.resolve("filler");
        fill(filler);

        // A change that needs no more blocks than it frees succeeds.
        assertThat(model.juju("add-unit", "haproxy", "-n", "100"))
                .satisfies(outcome -> assertThat(outcome.exit()).isEqualTo(1))
                .satisfies(outcome ->
                        assertThat(outcome.err()).contains("model.json", "No space left on device", "disk is full"));
        awaitStatus("disk is full, free some room");
        killController();
        awaitStatus("disk is full, free some room");
        assertThat(haproxy()).isEqualTo(haproxy);

        Files.delete(filler);
        await("room is enough")
                .atMost(SOON)
                .until(() ->
                        model.juju("config", "haproxy", "timeout-client=41").exit() == 0);
        awaitStatus(RELATE);
        assertThat(model.juju("config", "haproxy", "timeout-client").out()).contains("41");
        assertThat(haproxy()).isEqualTo(haproxy);
    }

    private static void fill(Path file) throws IOException {
        for (int block : new int[] {1 << 20, 1 << 12}) {
            try (var out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                while (true) {
                    out.write(new byte[block]);
                }
            } catch (IOException e) {
                // Full, as wanted.
            }
        }
    }

    private void aModelThatIsCutShort() throws IOException {
        long haproxy = haproxy();
        model.juju("config", "haproxy", "timeout-client=42").expectSuccess();
        Path file = home.resolve("model.json");
        String whole = Files.readString(file);
        String cut = whole.substring(0, whole.length() / 2);
        Files.writeString(file, cut);
        killController();

        await("the damage is named")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(model.juju("status").said())
                        .contains("is damaged", "cp -p '" + ModelStore.previous(file) + "' '" + file + "'"));
        assertThat(model.juju("config", "haproxy", "timeout-client=43").err()).contains("is damaged");
        assertThat(file).content().isEqualTo(cut);
        assertThat(haproxy()).isEqualTo(haproxy);

        ExternalProgram.of("cp", "-p", ModelStore.previous(file).toString(), file.toString())
                .runOrThrow();
        awaitStatus(RELATE);
        assertThat(model.juju("config", "haproxy", "timeout-client").out()).containsAnyOf("41", "42");
        model.juju("config", "haproxy", "timeout-client=43").expectSuccess();
        assertThat(haproxy()).isEqualTo(haproxy);
    }

    private void aReadOnlyHomeOfAStoppedModel() {
        mount("-o", "remount,ro", home.toString());
        for (String command : new String[] {"wait-for", "deploy haproxy other"}) {
            assertThat(model.juju(command.split(" ")))
                    .satisfies(outcome -> assertThat(outcome.exit()).isEqualTo(1))
                    .satisfies(outcome -> assertThat(outcome.err()).contains("Read-only file system", home.toString()));
        }
        assertThat(model.juju("status").said()).contains("haproxy/0", "stopped");
        mount("-o", "remount,rw", home.toString());
        model.juju("wait-for", "--timeout", "5s");
        awaitStatus(RELATE);
    }
}
