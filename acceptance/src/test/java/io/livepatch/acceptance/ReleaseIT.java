package io.livepatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.file.FileTrees;
import io.livepatch.testing.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A stack runs from a copy of its release: the folder of the commands that started it can be deleted or replaced. */
final class ReleaseIT {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final String SERVER = "io.livepatch.server.Main";
    private static final String QUESTION =
            "/v1/api/kernels/supported?kernel-version=5.15&flavour=generic&architecture=amd64";

    @Test
    void theStackOutlivesTheFolderOfItsCommandsAndIsRefreshedWithoutALostRequest() throws Exception {
        try (TestModel model = TestModel.create()) {
            Path home = model.home();
            Path first = copy(model.work().resolve("first checkout"), "");
            Scripts one = model.scripts().of(first);
            one.run("up", "--no-proof", "--store", "postgres").expectSuccess();
            String old = id(first);
            Path copied = home.resolve("releases").resolve(old);
            assertThat(Processes.of(home))
                    .filteredOn(line -> line.contains(SERVER))
                    .allMatch(line -> line.contains(copied + "/lib/"));
            try (Load load = Load.on(url(one) + QUESTION, home.resolve("ca.crt"))) {
                load.awaitMore(100);
                FileTrees.delete(first);
                Scripts installed = model.scripts().of(home.resolve("releases/current"));
                installed.run("juju", "add-unit", "livepatch").expectSuccess();
                installed.run("juju", "wait-for", "--timeout", "3m").expectSuccess();

                Path second = copy(model.work().resolve("second"), "newer");
                String next = id(second);
                model.scripts().of(second).run("juju", "upgrade-controller").expectSuccess();
                model.scripts().of(second).run("juju", "refresh").expectSuccess();
                installed.run("juju", "wait-for", "--timeout", "5m").expectSuccess();
                load.awaitMore(100);

                assertThat(load.failures()).isEmpty();
                assertThat(Processes.of(home))
                        .filteredOn(line -> line.contains(SERVER))
                        .hasSize(2)
                        .allMatch(line -> line.contains("/releases/" + next + "/lib/"));
                assertThat(home.resolve("releases/current").toRealPath().getFileName())
                        .hasToString(next);
                assertThat(installed.run("juju", "refresh").expectSuccess().out())
                        .contains("nothing to do");
            }
            assertThat(Processes.of(home))
                    .filteredOn(line -> line.contains("ControllerMain"))
                    .isNotEmpty()
                    .noneMatch(line -> line.contains(copied + "/"));
            // The supervisor runs from it until it is started again.
            assertThat(copied).exists();
            one.of(home.resolve("releases/current")).run("juju", "shutdown").expectSuccess();
            one.of(home.resolve("releases/current"))
                    .run("juju", "wait-for", "--timeout", "5m")
                    .expectSuccess();
            await("the old release is deleted").atMost(SOON).until(() -> !Files.exists(copied));
            model.scripts()
                    .of(home.resolve("releases/current"))
                    .run("down", "--purge", "--yes")
                    .expectSuccess();
            assertThat(home).doesNotExist();
        }
    }

    /** A JVM with this option does not start without the cache of its program. */
    @Test
    void theAotCachesHoldForACopy() throws Exception {
        Path work = Files.createTempDirectory("lp");
        try {
            Map<String, String> strict = new HashMap<>(Map.of("LIVEPATCH_HOME", work + "/home"));
            strict.put("LIVEPATCH_JVM_OPTIONS", "-XX:AOTMode=on");
            Scripts copied = new Scripts(strict).of(copy(work.resolve("copy"), ""));
            for (String program : List.of(
                    "juju", "controller", "livepatch-admin", "livepatch-client", "livepatch-server", "supervisor")) {
                Scripts.Outcome help = copied.run(program, "--help").expectSuccess();

                assertThat(help.err()).as(program).isEmpty();
            }
        } finally {
            FileTrees.delete(work);
        }
    }

    @Test
    void theSupervisorsArchiveRunsAlone() throws Exception {
        Path work = Files.createTempDirectory("lp");
        try (Stream<Path> built = Files.list(Scripts.root().resolve("target"))) {
            Path archive = built.filter(
                            file -> file.getFileName().toString().matches("livepatch-supervisor-.*[.]tar[.]gz"))
                    .findFirst()
                    .orElseThrow();
            run("tar", "-xzf", archive.toString(), "-C", work.toString(), "--strip-components=1");
            int port = FreePorts.one();
            Path pool = Files.writeString(work.resolve("pool.yaml"), """
                    admin: {port: %d}
                    supervisor:
                      workers: [{name: sleepers, exec: sleep, args: [inf], replicas: 2}]
                    """.formatted(port));
            Process supervisor = new ProcessBuilder(
                            "env", "-i", work.resolve("bin/supervisor").toString(), "--config", pool.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(work.resolve("log").toFile())
                    .start();
            try (HttpClient client = HttpClient.newHttpClient()) {
                HttpRequest health = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                        .build();
                await("two ready workers")
                        .atMost(SOON)
                        .ignoreExceptions()
                        .untilAsserted(() -> assertThat(client.send(health, HttpResponse.BodyHandlers.ofString())
                                        .body())
                                .contains("\"ready\":2"));
            } finally {
                supervisor.destroy();
                assertThat(supervisor.waitFor())
                        .as(Files.readString(work.resolve("log")))
                        .isZero();
            }
        } finally {
            FileTrees.delete(work);
        }
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    /** A copy of the checkout's release; with another license it is another release of the same programs. */
    private static Path copy(Path to, String change) throws Exception {
        Path built = Scripts.root().resolve("target/release").toRealPath();
        run("cp", "-a", built.toString(), to.toString());
        if (!change.isEmpty()) {
            Files.writeString(to.resolve("LICENSE"), change);
            Files.writeString(to.resolve("RELEASE"), id(built) + "-" + change + "\n");
        }
        return to;
    }

    private static String id(Path release) throws IOException {
        return Files.readString(release.resolve("RELEASE")).strip();
    }

    private static String url(Scripts scripts) {
        return "https://"
                + RunningStack.field(scripts.run("juju", "show-unit", "haproxy/0", "--format", "json"), "address") + ":"
                + RunningStack.HTTPS;
    }
}
