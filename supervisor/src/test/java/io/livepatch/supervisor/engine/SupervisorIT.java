package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes under a real supervisor. */
class SupervisorIT {

    @TempDir
    Path folder;

    private final Supervisor supervisor = Supervisor.start();

    @AfterEach
    void closeSupervisor() {
        supervisor.close();
    }

    private PoolSpec.Builder spec(String name, String... command) {
        return PoolSpec.of(name, List.of(command))
                .log(folder.resolve(name + ".log"))
                .stop("TERM", Duration.ofSeconds(20));
    }

    private PoolSpec.Builder script(String name, String script) {
        return spec(name, "sh", "-c", script);
    }

    private Pool run(PoolSpec.Builder spec) {
        return supervisor.run(spec.build(), PoolEvent.Listener.none());
    }

    @Test
    void aKilledWorkerIsStartedAgainAndItsSiblingKeepsItsProcess() {
        Pool pool = run(spec("sleepers", "sleep", "1000").replicas(2));
        TestProcesses.untilReady(pool);
        long killed = TestProcesses.pid(pool, 0);
        long sibling = TestProcesses.pid(pool, 1);

        TestProcesses.kill("KILL", killed);

        TestProcesses.until(
                "worker 0 was restarted",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().restarts() == 1 && pool.ready());
        assertThat(pool.workers().getFirst().lastExit().orElseThrow()).hasToString("signal KILL");
        assertThat(TestProcesses.pid(pool, 0)).isNotEqualTo(killed);
        assertThat(TestProcesses.pid(pool, 1)).isEqualTo(sibling);
        assertThat(pool.workers().get(1).restarts()).isZero();
    }

    @Test
    void listenerOfReadyFindsTheWorkerReadyInThePool() {
        List<Boolean> found = new CopyOnWriteArrayList<>();
        PoolEvent.Listener listener = (_, event) -> {
            if (event.worker().state() == WorkerState.READY) {
                found.add(supervisor.pools().getFirst().workers().stream()
                        .anyMatch(worker ->
                                worker.id().equals(event.worker().id()) && worker.state() == WorkerState.READY));
            }
        };

        supervisor.run(spec("heard", "sleep", "1000").replicas(20).build(), listener);

        TestProcesses.until("all events have arrived", () -> found.size() == 20);
        assertThat(found).containsOnly(true);
    }

    @Test
    void aWorkerThatIgnoresItsStopSignalIsKilledWithItsWholeGroup() {
        Pool pool = run(script("stubborn", "trap '' TERM; sleep 1000 & echo up; while :; do sleep 1; done")
                .stop("TERM", Duration.ofMillis(300)));
        Path log = folder.resolve("stubborn.log");
        TestProcesses.until("the trap is set", () -> TestProcesses.text(log).contains("up"));
        long pid = TestProcesses.pid(pool, 0);
        List<Long> members = TestProcesses.session(pid);
        assertThat(members).hasSizeGreaterThan(1);

        pool.close();

        assertThat(members).noneMatch(TestProcesses::alive);
        assertThat(pool.workers().getFirst().state()).isEqualTo(WorkerState.STOPPED);
        assertThat(pool.workers().getFirst().lastExit().orElseThrow()).hasToString("signal KILL");
    }

    @Test
    void descendantsOfACrashedWorkerAreKilledBeforeTheNextStart() {
        // "set -m" gives the child its own process group, which a signal to the leader's group misses.
        Pool pool = run(spec("parent", "bash", "-c", "set -m; sleep 1000 & echo child $!; wait"));
        Path log = folder.resolve("parent.log");
        TestProcesses.until("the child is there", () -> TestProcesses.text(log).contains("child"));
        long child = Long.parseLong(TestProcesses.text(log).strip().replaceFirst("child ", ""));

        TestProcesses.kill("KILL", TestProcesses.pid(pool, 0));

        TestProcesses.until(
                "the worker is back",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().restarts() == 1);
        assertThat(TestProcesses.alive(child)).isFalse();
    }

    @Test
    void childrenOfALeaderThatEndsFirstHaveTheRestOfTheStopTimeout() {
        Path drained = folder.resolve("drained");
        Pool pool = run(script(
                        "family",
                        "(trap 'sleep 0.5; touch \"$DRAINED\"; exit' TERM; echo up; while :; do sleep 0.1; done) & wait")
                .environment(Map.of("DRAINED", drained.toString())));
        Path log = folder.resolve("family.log");
        TestProcesses.until("the child is there", () -> TestProcesses.text(log).contains("up"));

        pool.close();

        assertThat(pool.workers().getFirst().lastExit().orElseThrow()).hasToString("signal TERM");
        assertThat(drained).exists();
    }

    @Test
    void outputOfChildrenIsReadAfterTheLeaderHasEnded() {
        Pool pool = run(
                script(
                        "chorus",
                        "(trap 'sleep 0.2; echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three; exit' TERM; echo up; while :; do sleep 0.1; done) & wait"));
        Path log = folder.resolve("chorus.log");
        TestProcesses.until("the child is there", () -> TestProcesses.text(log).contains("up"));

        pool.close();

        assertThat(TestProcesses.text(log)).contains("one", "two", "three");
    }

    @Test
    void aForeignProcessThatHoldsTheOutputDelaysNoStop() {
        Path stranger = folder.resolve("stranger");
        Pool pool = run(script("leaver", "setsid sh -c 'echo $$ > \"$STRANGER\"; exec sleep 1000' & sleep 1000")
                .environment(Map.of("STRANGER", stranger.toString())));
        TestProcesses.until(
                "the stranger is there", () -> !TestProcesses.text(stranger).isBlank());

        pool.close();

        assertThat(pool.workers().getFirst().state()).isEqualTo(WorkerState.STOPPED);
        TestProcesses.kill("KILL", Long.parseLong(TestProcesses.text(stranger).strip()));
    }

    /** Longer than the forced sweep may take, whose limit must not include the graceful part. */
    @Test
    void aChildThatOutlivesALongStopTimeoutIsKilled() {
        Pool pool = run(script("heir", "(trap '' TERM; echo up; while :; do sleep 1; done) & wait")
                .stop("TERM", Duration.ofSeconds(16)));
        Path log = folder.resolve("heir.log");
        TestProcesses.until("the child is there", () -> TestProcesses.text(log).contains("up"));
        List<Long> family = TestProcesses.session(TestProcesses.pid(pool, 0));

        pool.close();

        assertThat(family).hasSizeGreaterThan(1).noneMatch(TestProcesses::alive);
    }

    @Test
    void aMissingProgramIsAProblemAndIsRetried() throws IOException {
        Path program = folder.resolve("late");
        Pool pool = run(spec("late", program.toString()));
        TestProcesses.until(
                "a second attempt failed",
                () -> !pool.workers().isEmpty()
                        && pool.workers().getFirst().restarts() >= 1
                        && pool.workers().getFirst().problem().isPresent());
        assertThat(pool.workers().getFirst().problem().orElseThrow())
                .startsWith("cannot start '%s' of worker 'late-0': no such file; is it installed?; next start in"
                        .formatted(program));

        Files.writeString(program, "#!/bin/sh\nexec sleep 1000\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));

        TestProcesses.untilReady(pool);
        assertThat(pool.workers().getFirst().problem()).isEmpty();
    }

    @Test
    void aWorkerGetsItsVariablesAndFewOfTheSupervisors() {
        Pool pool = run(script("env", "env; exec sleep 1000")
                .replicas(2)
                .environment(Map.of("LP_DATABASE_PASSWORD", "s3cret")));
        Path log = folder.resolve("env-1.log");
        TestProcesses.until(
                "the environment is logged", () -> TestProcesses.text(log).contains("MULTIPROCESS_WORKER_ID=1"));

        assertThat(TestProcesses.text(log)).contains("LP_DATABASE_PASSWORD=s3cret");
        assertThat(TestProcesses.text(log).lines().map(line -> line.replaceFirst("=.*", "")))
                .isSubsetOf("PATH", "HOME", "LANG", "TZ", "PWD", "MULTIPROCESS_WORKER_ID", "LP_DATABASE_PASSWORD");
        assertThat(TestProcesses.text(Path.of("/proc/" + TestProcesses.pid(pool, 1) + "/cmdline")))
                .doesNotContain("s3cret");
        assertThat(pool.spec().toString()).contains("LP_DATABASE_PASSWORD").doesNotContain("s3cret");
    }

    @Test
    void aHundredMegabytesOfOutputStallNoWorker() throws IOException {
        PoolSpec.Builder spec =
                script("loud", "head -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 99; echo done; exec sleep 1000");
        Pool loud = run(spec.log(new LogSpec(folder.resolve("loud.log"), 10_000_000, 2)));
        Pool quiet = run(spec("quiet", "sleep", "1000"));
        TestProcesses.untilReady(quiet);
        Path log = folder.resolve("loud.log");
        TestProcesses.until("all was written", () -> TestProcesses.text(log).endsWith("done\n"));

        assertThat(loud.ready()).isTrue();
        try (var files = Files.list(folder)) {
            assertThat(files.filter(it -> it.getFileName().toString().startsWith("loud")))
                    .hasSize(3)
                    .allSatisfy(it -> assertThat(Files.size(it)).isBetween(1L, 10_000_000L))
                    .allSatisfy(it -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(it)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void fiftyPoolsStartAndStopTogether() {
        List<Pool> pools = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            pools.add(run(spec("p" + i, "sleep", "1000")));
        }
        pools.forEach(TestProcesses::untilReady);
        List<Long> pids = pools.stream().map(pool -> TestProcesses.pid(pool, 0)).toList();
        assertThat(pids).doesNotHaveDuplicates().allMatch(TestProcesses::alive);

        supervisor.close();

        assertThat(pids).noneMatch(TestProcesses::alive);
        assertThatThrownBy(() -> run(spec("late", "sleep", "1")))
                .isInstanceOf(SupervisorException.Refused.class)
                .hasMessageContaining("the supervisor is closed");
    }

    @Test
    void closingDuringStartsLeavesNoProcess() {
        List<Long> pids = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 20; i++) {
            Pool pool = supervisor.run(
                    spec("brief", "sleep", "1000").replicas(4).build(),
                    (name, event) -> event.worker().pid().ifPresent(pids::add));
            pool.close();
            assertThat(pool.workers()).allMatch(worker -> worker.state() == WorkerState.STOPPED);
            assertThat(pool.workers()).allMatch(worker -> worker.pid().isEmpty());
            // No worker was killed, so the stop signal also reached workers that were just starting.
            assertThat(pool.workers())
                    .flatMap(worker -> worker.lastExit().stream().toList())
                    .allMatch(exit -> exit.equals(new ExitStatus(128 + 15)));
        }
        assertThat(pids).noneMatch(TestProcesses::alive);
    }

    @Test
    void anInterruptedCloseKillsTheWorkers() throws InterruptedException {
        Pool pool = run(script("slow", "trap '' TERM; echo up; while :; do sleep 1; done")
                .stop("TERM", Duration.ofHours(1)));
        TestProcesses.until(
                "the trap is set",
                () -> TestProcesses.text(folder.resolve("slow.log")).contains("up"));
        long pid = TestProcesses.pid(pool, 0);
        Thread closer = Thread.ofPlatform().start(pool::close);
        TestProcesses.until(
                "it is stopping",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().state() == WorkerState.STOPPING);

        closer.interrupt();

        closer.join();
        assertThat(TestProcesses.alive(pid)).isFalse();
    }

    @Test
    void aRestartInPlaceTakesOneWorkerAfterTheOther() {
        List<String> changes = new CopyOnWriteArrayList<>();
        Pool pool = supervisor.run(
                spec("rolling", "sleep", "1000")
                        .replicas(3)
                        .recycling(ReplacementPolicy.IN_PLACE)
                        .build(),
                (name, event) -> {
                    if (event instanceof PoolEvent.Changed) {
                        changes.add(event.worker().id() + " " + event.worker().state());
                    }
                });
        TestProcesses.untilReady(pool);
        List<Long> before = List.of(TestProcesses.pid(pool, 0), TestProcesses.pid(pool, 1), TestProcesses.pid(pool, 2));
        TestProcesses.until("all events have arrived", () -> changes.size() == 6);
        changes.clear();

        pool.restart(Duration.ofMinutes(1));

        assertThat(List.of(TestProcesses.pid(pool, 0), TestProcesses.pid(pool, 1), TestProcesses.pid(pool, 2)))
                .doesNotContainAnyElementsOf(before);
        TestProcesses.until("all events have arrived", () -> changes.size() == 9);
        assertThat(changes)
                .containsExactly(
                        "rolling-0 STOPPING",
                        "rolling-0 STARTING",
                        "rolling-0 READY",
                        "rolling-1 STOPPING",
                        "rolling-1 STARTING",
                        "rolling-1 READY",
                        "rolling-2 STOPPING",
                        "rolling-2 STARTING",
                        "rolling-2 READY");
    }

    @Test
    void aRecycledWorkerLeavesOnlyWhenItsReplacementIsReady() {
        List<String> changes = new CopyOnWriteArrayList<>();
        Pool pool = supervisor.run(spec("relay", "sleep", "1000").replicas(2).build(), (name, event) -> {
            if (event instanceof PoolEvent.Changed) {
                changes.add(event.worker().id() + " " + event.worker().state());
            }
        });
        TestProcesses.untilReady(pool);
        TestProcesses.until("all events have arrived", () -> changes.size() == 4);
        changes.clear();

        pool.restart(Duration.ofMinutes(1));

        TestProcesses.until("all events have arrived", () -> changes.size() == 8);
        assertThat(changes)
                .containsExactly(
                        "relay-2 STARTING",
                        "relay-2 READY",
                        "relay-0 STOPPING",
                        "relay-0 STOPPED",
                        "relay-0 STARTING",
                        "relay-0 READY",
                        "relay-1 STOPPING",
                        "relay-1 STOPPED");
    }

    @Test
    void aRestartThatIsNotReadyInTimeKeepsTheOtherWorkers() throws IOException {
        Path flag = Files.createFile(folder.resolve("flag"));
        HealthCheck check = HealthCheck.prompt(
                new Probe.Command(List.of("test", "-e", flag.toString())),
                Duration.ofMillis(50),
                Duration.ofSeconds(10));
        Pool pool =
                run(spec("stalled", "sleep", "1000").replicas(2).ready(check).stop("TERM", Duration.ofSeconds(1)));
        TestProcesses.untilReady(pool);
        List<Long> before = List.of(TestProcesses.pid(pool, 0), TestProcesses.pid(pool, 1));
        Files.delete(flag);

        assertThatThrownBy(() -> pool.restart(Duration.ofMillis(500)))
                .isInstanceOf(SupervisorException.RestartStalled.class)
                .hasMessageContaining("pool 'stalled' was not restarted within PT0.5S");
        assertThat(List.of(TestProcesses.pid(pool, 0), TestProcesses.pid(pool, 1)))
                .isEqualTo(before);
    }

    @Test
    void scalingKeepsTheRemainingWorkers() {
        Pool pool = run(spec("scaled", "sleep", "1000").replicas(2));
        TestProcesses.untilReady(pool);
        List<Long> before = List.of(TestProcesses.pid(pool, 0), TestProcesses.pid(pool, 1));

        pool.change(pool.spec().but().replicas(4).build());
        TestProcesses.until(
                "four are ready", () -> pool.ready() && pool.workers().size() == 4);
        assertThat(List.of(TestProcesses.pid(pool, 0), TestProcesses.pid(pool, 1)))
                .isEqualTo(before);

        pool.change(pool.spec().but().replicas(1).build());
        TestProcesses.until("one is left", () -> pool.workers().size() == 1);
        assertThat(TestProcesses.pid(pool, 0)).isEqualTo(before.getFirst());
    }

    @Test
    void changedArgumentsReplaceOneWorkerAfterTheOther() {
        Pool pool = run(spec("changed", "sleep", "1000").replicas(2));
        TestProcesses.untilReady(pool);

        pool.change(pool.spec().but().command(List.of("sleep", "1001")).build());

        TestProcesses.until(
                "both run the new command",
                () -> pool.ready()
                        && pool.workers().size() == 2
                        && pool.workers().stream()
                                .allMatch(worker -> TestProcesses.text(
                                                Path.of("/proc/" + worker.pid().orElse(0L) + "/cmdline"))
                                        .contains("1001")));
    }

    @Test
    void aWorkerThatCrashesTooOftenIsGivenUpAndItsSiblingKeepsServing() {
        RestartPolicy twice = new RestartPolicy(
                Duration.ofMillis(10), Duration.ofMillis(20), 0, Duration.ofMinutes(1), OptionalInt.of(2));
        Pool pool = run(script("half", "[ $MULTIPROCESS_WORKER_ID = 0 ] && exit 7; exec sleep 1000")
                .replicas(2)
                .restart(twice));

        TestProcesses.until(
                "worker 0 is given up",
                () -> pool.workers().size() == 2 && pool.workers().getFirst().state() == WorkerState.FAILED);
        assertThat(pool.workers().getFirst().starts()).isEqualTo(3);
        assertThat(pool.workers().getFirst().problem().orElseThrow())
                .contains("exit code 7")
                .contains("given up after 2 restarts");
        TestProcesses.until("its sibling serves", () -> pool.workers().get(1).state() == WorkerState.READY);
    }

    @Test
    void aSignalReachesEveryWorker() {
        Pool pool = run(script("hup", "trap 'echo reloaded' HUP; echo up; while :; do sleep 0.1; done")
                .replicas(2));
        TestProcesses.until(
                "traps are set",
                () -> TestProcesses.text(folder.resolve("hup.log")).contains("up")
                        && TestProcesses.text(folder.resolve("hup-1.log")).contains("up"));

        pool.signal("HUP");

        TestProcesses.until(
                "both reloaded",
                () -> TestProcesses.text(folder.resolve("hup.log")).contains("reloaded")
                        && TestProcesses.text(folder.resolve("hup-1.log")).contains("reloaded"));
    }

    @Test
    void aReloadReachesTheProcessButNotItsChildrenAndWaitsForOneThatIsNotReady() throws IOException {
        Pool pool = run(script("reloaded", """
                        : >> started-$MULTIPROCESS_WORKER_ID
                        while [ "$MULTIPROCESS_WORKER_ID" = 1 ] && [ ! -e go ]; do sleep 0.05; done
                        trap 'echo hup >> hups-$MULTIPROCESS_WORKER_ID' HUP
                        : > up-$MULTIPROCESS_WORKER_ID
                        sleep 1000 &
                        child=$!
                        while kill -0 $child; do wait $child; done
                        """)
                .surroundings(ProcessEnvironment.PLAIN.withDirectory(folder))
                .ready(HealthCheck.prompt(
                        new Probe.Command(List.of("sh", "-c", "test -e up-$MULTIPROCESS_WORKER_ID")),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(10)))
                .replicas(2));
        TestProcesses.until(
                "worker 0 is ready and worker 1 starts",
                () -> pool.workers().size() == 2
                        && pool.workers().getFirst().state() == WorkerState.READY
                        && Files.exists(folder.resolve("started-1")));

        pool.reload("HUP");
        pool.reload("HUP");

        TestProcesses.until(
                "worker 0 has got it",
                () -> !TestProcesses.text(folder.resolve("hups-0")).isEmpty());
        Files.createFile(folder.resolve("go"));
        TestProcesses.until(
                "worker 1 has got it",
                () -> !TestProcesses.text(folder.resolve("hups-1")).isEmpty());
        assertThat(pool.workers()).allMatch(worker -> worker.starts() == 1, "never started again");
        assertThat(TestProcesses.session(TestProcesses.pid(pool, 0)))
                .as("the process and its child")
                .hasSize(2);
    }

    @Test
    void aNameInUseIsRefusedUntilItsPoolIsClosed() {
        Pool pool = run(spec("one", "sleep", "1000"));
        assertThatThrownBy(() -> run(spec("one", "sleep", "1000")))
                .isInstanceOf(SupervisorException.Refused.class)
                .hasMessageContaining("one of that name runs");
        pool.close();
        TestProcesses.untilReady(run(spec("one", "sleep", "1000")));
    }

    @Test
    void aListenerThatThrowsAffectsNoWorker() {
        Pool pool = supervisor.run(spec("deaf", "sleep", "1000").build(), (name, event) -> {
            throw new IllegalStateException("on purpose");
        });
        TestProcesses.untilReady(pool);
        TestProcesses.kill("KILL", TestProcesses.pid(pool, 0));
        TestProcesses.until(
                "it is back",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().restarts() == 1 && pool.ready());
    }
}
