package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Changes running pools, by the file or through the endpoint. */
class ReloadIT {

    private static final String NAPS = """
            supervisor:
              workers:
              - {name: naps, replicas: 2, exec: sleep, args: ["1000"]}
              - {name: others, exec: sleep, args: ["1000"]}
            """;

    @TempDir
    Path folder;

    private Program program() {
        Program program = Program.start(folder, NAPS);
        program.awaitReady("naps", 2);
        program.awaitReady("others", 1);
        return program;
    }

    private void reload(Program program, String yaml) {
        Program.write(folder, yaml);
        program.signal("HUP");
    }

    @Test
    void aHigherNumberOfReplicasStartsOnlyTheNewOnes() {
        try (Program program = program()) {
            Map<String, Long> before = program.pids("naps");

            reload(program, NAPS.replace("replicas: 2", "replicas: 4"));

            assertThat(program.awaitReady("naps", 4)).containsAllEntriesOf(before);
            program.awaitLog("pool.yaml': pool 'naps' changed: replicas: 2 -> 4 (other workers keep running)");
        }
    }

    @Test
    void changedArgumentsReplaceEachWorkerWithTheNewOneReadyFirst() {
        try (Program program = program()) {
            Map<String, Long> before = program.pids("naps");
            Map<String, Long> others = program.pids("others");

            reload(program, NAPS.replaceFirst("1000", "1001"));

            await("two recycles")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> program.events("naps", "recycled").size() == 2);
            assertThat(program.awaitReady("naps", 2).values()).doesNotContainAnyElementsOf(before.values());
            assertThat(program.pids("others")).isEqualTo(others);
            List<JsonNode> events =
                    List.copyOf(program.get("/events").path("events").values());
            for (JsonNode started : program.events("naps", "restarted")) {
                String old = started.path("details").path("replaces").asString();
                String successor = started.path("worker").asString();
                assertThat(first(events, successor, "ready", started))
                        .isLessThan(first(events, old, "stopping", started));
            }
        }
    }

    /** The number of the first event after {@code since} in which that worker enters that state. */
    private static long first(List<JsonNode> events, String worker, String state, JsonNode since) {
        return events.stream()
                .filter(it -> it.path("number").asLong() > since.path("number").asLong())
                .filter(it -> worker.equals(it.path("worker").asString()))
                .filter(it -> "changed".equals(it.path("event").asString()))
                .filter(it -> state.equals(it.path("state").asString()))
                .mapToLong(it -> it.path("number").asLong())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anInvalidFileChangesNoPool() {
        try (Program program = program()) {
            Map<String, Long> before = program.pids("naps");

            reload(program, NAPS.replace("replicas: 2", "replicas: 4, sginal_timeout: 1s") + "admni: {}\n");

            program.awaitLog("no pool was changed");
            program.awaitLog("sginal_timeout: unknown key");
            program.awaitLog("admni: unknown key");
            assertThat(program.pids("naps")).isEqualTo(before);
            assertThat(program.request("POST", "/reload", "").statusCode()).isEqualTo(400);
            reload(program, NAPS);
            program.awaitLog(": no changes");
        }
    }

    @Test
    void aRemovedPoolCanBeAddedAgainOnlyAfterItHasStopped() {
        String thorough = """
                  - name: thorough
                    exec: sh
                    args: [-c, "trap 'sleep 2; exit 0' TERM; echo up; while :; do sleep 0.1; done"]
                """;
        try (Program program = program()) {
            reload(program, NAPS + thorough);
            program.awaitOut("up");
            reload(program, NAPS);
            program.awaitLog("pool 'thorough' removed");

            reload(program, NAPS.replace("replicas: 2", "replicas: 3") + thorough);

            program.awaitLog("pool 'thorough' was removed and has not stopped yet");
            assertThat(program.pids("naps")).hasSize(2);
            program.awaitLog("worker 'thorough-0': STOPPING -> STOPPED");
            await("it can be added")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> program.request("POST", "/reload", "").statusCode() == 200);
            program.awaitReady("thorough", 1);
            program.awaitReady("naps", 3);
        }
    }

    @Test
    void aPoolThatNeedsAMissingBalancerChangesNoPool() {
        try (Program program = program()) {
            reload(program, NAPS.replace("replicas: 2", "replicas: 3") + """
                              - name: web
                                exec: sleep
                                server:
                                  port_arg: {start_port: 9090}
                                  health_check_path: /health
                            """);

            program.awaitLog("there is no balancer on the class path");
            assertThat(program.awaitReady("naps", 2)).hasSize(2);
        }
    }

    @Test
    void aDryRunOfAChangeThroughTheEndpointChangesNothing() {
        String body = "{replicas: 3, exec: sleep, args: ['1000']}";
        try (Program program = program()) {
            Map<String, Long> before = program.pids("naps");

            JsonNode dry = program.send("PUT", "/pools/naps?dry-run=true", body);

            assertThat(dry.path("dry_run").asBoolean()).isTrue();
            assertThat(dry.path("changes").path(0).path("key").asString()).isEqualTo("replicas");
            assertThat(program.get("/pools/naps").path("replicas").asInt()).isEqualTo(2);
            assertThat(program.send("PUT", "/pools/naps", body).path("changes")).hasSize(1);
            assertThat(program.awaitReady("naps", 3)).containsAllEntriesOf(before);
        }
    }

    @Test
    void aRestartOfOneWorkerReplacesNoOther() {
        try (Program program = program()) {
            Map<String, Long> before = program.pids("naps");

            program.send("POST", "/pools/naps/workers/naps-0/restart?wait=20", "");

            Map<String, Long> after = program.pids("naps");
            assertThat(after).containsEntry("naps-1", before.get("naps-1"));
            assertThat(after.values()).doesNotContain(before.get("naps-0"));
        }
    }

    @Test
    void aPausedPoolRestartsCrashedWorkersAndReplacesNoOther() {
        try (Program program = program()) {
            Map<String, Long> before = program.pids("naps");
            program.send("POST", "/pools/naps/pause", "");
            program.send("POST", "/pools/naps/workers/naps-0/restart", "");

            ProcessHandle.of(before.get("naps-1")).orElseThrow().destroyForcibly();

            program.awaitEvent("naps", "restarted", "crash");
            program.awaitReady("naps", 2);
            assertThat(program.pids("naps")).containsEntry("naps-0", before.get("naps-0"));
            program.send("POST", "/pools/naps/resume", "");
            program.awaitEvent("naps", "recycled", "request");
        }
    }
}
