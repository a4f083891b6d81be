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
        Watch.untilReady(pool);
        long killed = Watch.pid(pool, 0);
        long sibling = Watch.pid(pool, 1);

        Watch.kill("KILL", killed);

        Watch.until(
                "worker 0 was restarted",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().restarts() == 1 && pool.ready());
        assertThat(pool.workers().getFirst().lastExit().orElseThrow()).hasToString("signal KILL");
        assertThat(Watch.pid(pool, 0)).isNotEqualTo(killed);
        assertThat(Watch.pid(pool, 1)).isEqualTo(sibling);
        assertThat(pool.workers().get(1).restarts()).isZero();
    }

    @Test
    void whoeverHearsThatAWorkerIsReadyFindsItSoInThePool() {
        List<Boolean> found = new CopyOnWriteArrayList<>();
        PoolEvent.Listener listener = (_, event) -> {
            if (event.worker().state() == WorkerState.READY) {
                found.add(supervisor.pools().getFirst().workers().stream()
                        .anyMatch(worker ->
                                worker.id().equals(event.worker().id()) && worker.state() == WorkerState.READY));
            }
        };

        supervisor.run(spec("heard", "sleep", "1000").replicas(20).build(), listener);

        Watch.until("all were heard of", () -> found.size() == 20);
        assertThat(found).containsOnly(true);
    }

    @Test
    void aWorkerThatIgnoresItsStopSignalIsKilledWithItsWholeGroup() {
        Pool pool = run(script("stubborn", "trap '' TERM; sleep 1000 & echo up; while :; do sleep 1; done")
                .stop("TERM", Duration.ofMillis(300)));
        Path log = folder.resolve("stubborn.log");
        Watch.until("the trap is set", () -> Watch.text(log).contains("up"));
        long pid = Watch.pid(pool, 0);
        List<Long> members = Watch.session(pid);
        assertThat(members).hasSizeGreaterThan(1);

        pool.close();

        assertThat(members).noneMatch(Watch::alive);
        assertThat(pool.workers().getFirst().state()).isEqualTo(WorkerState.STOPPED);
        assertThat(pool.workers().getFirst().lastExit().orElseThrow()).hasToString("signal KILL");
    }

    @Test
    void whatACrashedWorkerLeavesBehindIsGoneBeforeItsSuccessorStarts() {
        // "set -m" gives the child a process group of its own: killing the leader's group would miss it.
        Pool pool = run(spec("parent", "bash", "-c", "set -m; sleep 1000 & echo child $!; wait"));
        Path log = folder.resolve("parent.log");
        Watch.until("the child is there", () -> Watch.text(log).contains("child"));
        long child = Long.parseLong(Watch.text(log).strip().replaceFirst("child ", ""));

        Watch.kill("KILL", Watch.pid(pool, 0));

        Watch.until(
                "the worker is back",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().restarts() == 1);
        assertThat(Watch.alive(child)).isFalse();
    }

    @Test
    void childrenOfALeaderThatEndsFirstHaveTheRestOfTheGrace() {
        Path drained = folder.resolve("drained");
        Pool pool = run(script(
                        "family",
                        "(trap 'sleep 0.5; touch \"$DRAINED\"; exit' TERM; echo up; while :; do sleep 0.1; done) & wait")
                .environment(Map.of("DRAINED", drained.toString())));
        Path log = folder.resolve("family.log");
        Watch.until("the child is there", () -> Watch.text(log).contains("up"));

        pool.close();

        assertThat(pool.workers().getFirst().lastExit().orElseThrow()).hasToString("signal TERM");
        assertThat(drained).exists();
    }

    @Test
    void childrenOfALeaderThatEndsFirstAreHeardToTheirEnd() {
        Pool pool = run(
                script(
                        "chorus",
                        "(trap 'sleep 0.2; echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three; exit' TERM; echo up; while :; do sleep 0.1; done) & wait"));
        Path log = folder.resolve("chorus.log");
        Watch.until("the child is there", () -> Watch.text(log).contains("up"));

        pool.close();

        assertThat(Watch.text(log)).contains("one", "two", "three");
    }

    @Test
    void aStrangerThatHoldsTheOutputKeepsNobodyWaiting() {
        Path stranger = folder.resolve("stranger");
        Pool pool = run(script("leaver", "setsid sh -c 'echo $$ > \"$STRANGER\"; exec sleep 1000' & sleep 1000")
                .environment(Map.of("STRANGER", stranger.toString())));
        Watch.until("the stranger is there", () -> !Watch.text(stranger).isBlank());

        pool.close();

        assertThat(pool.workers().getFirst().state()).isEqualTo(WorkerState.STOPPED);
        Watch.kill("KILL", Long.parseLong(Watch.text(stranger).strip()));
    }

    /** Longer than sweeping by force may take: time spent in politeness must not be counted against it. */
    @Test
    void aChildThatOutlivesALongGraceIsKilled() {
        Pool pool = run(script("heir", "(trap '' TERM; echo up; while :; do sleep 1; done) & wait")
                .stop("TERM", Duration.ofSeconds(16)));
        Path log = folder.resolve("heir.log");
        Watch.until("the child is there", () -> Watch.text(log).contains("up"));
        List<Long> family = Watch.session(Watch.pid(pool, 0));

        pool.close();

        assertThat(family).hasSizeGreaterThan(1).noneMatch(Watch::alive);
    }

    @Test
    void aMissingProgramIsAProblemThatIsTriedAgain() throws IOException {
        Path program = folder.resolve("late");
        Pool pool = run(spec("late", program.toString()));
        Watch.until(
                "a second attempt failed",
                () -> !pool.workers().isEmpty()
                        && pool.workers().getFirst().restarts() >= 1
                        && pool.workers().getFirst().problem().isPresent());
        assertThat(pool.workers().getFirst().problem().orElseThrow())
                .startsWith("cannot start '%s' of worker 'late-0': no such file; is it installed?; next start in"
                        .formatted(program));

        Files.writeString(program, "#!/bin/sh\nexec sleep 1000\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));

        Watch.untilReady(pool);
        assertThat(pool.workers().getFirst().problem()).isEmpty();
    }

    @Test
    void aWorkerSeesItsOwnVariablesAndAlmostNothingOfOurs() {
        Pool pool = run(script("env", "env; exec sleep 1000")
                .replicas(2)
                .environment(Map.of("LP_DATABASE_PASSWORD", "s3cret")));
        Path log = folder.resolve("env-1.log");
        Watch.until("the environment is logged", () -> Watch.text(log).contains("MULTIPROCESS_WORKER_ID=1"));

        assertThat(Watch.text(log)).contains("LP_DATABASE_PASSWORD=s3cret");
        assertThat(Watch.text(log).lines().map(line -> line.replaceFirst("=.*", "")))
                .isSubsetOf("PATH", "HOME", "LANG", "TZ", "PWD", "MULTIPROCESS_WORKER_ID", "LP_DATABASE_PASSWORD");
        assertThat(Watch.text(Path.of("/proc/" + Watch.pid(pool, 1) + "/cmdline")))
                .doesNotContain("s3cret");
        assertThat(pool.spec().toString()).contains("LP_DATABASE_PASSWORD").doesNotContain("s3cret");
    }

    @Test
    void aHundredMegabytesOfOutputPassWithoutStallingAnybody() throws IOException {
        PoolSpec.Builder spec =
                script("loud", "head -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 99; echo done; exec sleep 1000");
        Pool loud = run(spec.log(new LogSpec(folder.resolve("loud.log"), 10_000_000, 2)));
        Pool quiet = run(spec("quiet", "sleep", "1000"));
        Watch.untilReady(quiet);
        Path log = folder.resolve("loud.log");
        Watch.until("all was written", () -> Watch.text(log).endsWith("done\n"));

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
        pools.forEach(Watch::untilReady);
        List<Long> pids = pools.stream().map(pool -> Watch.pid(pool, 0)).toList();
        assertThat(pids).doesNotHaveDuplicates().allMatch(Watch::alive);

        supervisor.close();

        assertThat(pids).noneMatch(Watch::alive);
        assertThatThrownBy(() -> run(spec("late", "sleep", "1")))
                .isInstanceOf(SupervisorException.Refused.class)
                .hasMessageContaining("the supervisor is closed");
    }

    @Test
    void closingInTheMiddleOfStartingLeavesNothing() {
        List<Long> pids = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 20; i++) {
            Pool pool = supervisor.run(
                    spec("brief", "sleep", "1000").replicas(4).build(),
                    (name, event) -> event.worker().pid().ifPresent(pids::add));
            pool.close();
            assertThat(pool.workers()).allMatch(worker -> worker.state() == WorkerState.STOPPED);
            assertThat(pool.workers()).allMatch(worker -> worker.pid().isEmpty());
            // Nobody had to be killed: the stop signal was not lost on those that were only just starting.
            assertThat(pool.workers())
                    .flatMap(worker -> worker.lastExit().stream().toList())
                    .allMatch(exit -> exit.equals(new ExitStatus(128 + 15)));
        }
        assertThat(pids).noneMatch(Watch::alive);
    }

    @Test
    void anInterruptCutsTheGraceOfACloseShort() throws InterruptedException {
        Pool pool = run(script("slow", "trap '' TERM; echo up; while :; do sleep 1; done")
                .stop("TERM", Duration.ofHours(1)));
        Watch.until(
                "the trap is set", () -> Watch.text(folder.resolve("slow.log")).contains("up"));
        long pid = Watch.pid(pool, 0);
        Thread closer = Thread.ofPlatform().start(pool::close);
        Watch.until(
                "it is stopping",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().state() == WorkerState.STOPPING);

        closer.interrupt();

        closer.join();
        assertThat(Watch.alive(pid)).isFalse();
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
        Watch.untilReady(pool);
        List<Long> before = List.of(Watch.pid(pool, 0), Watch.pid(pool, 1), Watch.pid(pool, 2));
        Watch.until("all is heard", () -> changes.size() == 6);
        changes.clear();

        pool.restart(Duration.ofMinutes(1));

        assertThat(List.of(Watch.pid(pool, 0), Watch.pid(pool, 1), Watch.pid(pool, 2)))
                .doesNotContainAnyElementsOf(before);
        Watch.until("all is heard", () -> changes.size() == 9);
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
        Watch.untilReady(pool);
        Watch.until("all is heard", () -> changes.size() == 4);
        changes.clear();

        pool.restart(Duration.ofMinutes(1));

        Watch.until("all is heard", () -> changes.size() == 8);
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
    void aRestartThatIsNotReadyInTimeLeavesTheOthersAlone() throws IOException {
        Path flag = Files.createFile(folder.resolve("flag"));
        HealthCheck check = HealthCheck.prompt(
                new Probe.Command(List.of("test", "-e", flag.toString())),
                Duration.ofMillis(50),
                Duration.ofSeconds(10));
        Pool pool =
                run(spec("stalled", "sleep", "1000").replicas(2).ready(check).stop("TERM", Duration.ofSeconds(1)));
        Watch.untilReady(pool);
        List<Long> before = List.of(Watch.pid(pool, 0), Watch.pid(pool, 1));
        Files.delete(flag);

        assertThatThrownBy(() -> pool.restart(Duration.ofMillis(500)))
                .isInstanceOf(SupervisorException.RestartStalled.class)
                .hasMessageContaining("pool 'stalled' was not restarted within PT0.5S");
        assertThat(List.of(Watch.pid(pool, 0), Watch.pid(pool, 1))).isEqualTo(before);
    }

    @Test
    void aPoolIsScaledAndOnlyThoseThatDifferAreTouched() {
        Pool pool = run(spec("scaled", "sleep", "1000").replicas(2));
        Watch.untilReady(pool);
        List<Long> before = List.of(Watch.pid(pool, 0), Watch.pid(pool, 1));

        pool.change(pool.spec().but().replicas(4).build());
        Watch.until("four are ready", () -> pool.ready() && pool.workers().size() == 4);
        assertThat(List.of(Watch.pid(pool, 0), Watch.pid(pool, 1))).isEqualTo(before);

        pool.change(pool.spec().but().replicas(1).build());
        Watch.until("one is left", () -> pool.workers().size() == 1);
        assertThat(Watch.pid(pool, 0)).isEqualTo(before.getFirst());
    }

    @Test
    void otherArgumentsReplaceEachWorkerInItsTurn() {
        Pool pool = run(spec("changed", "sleep", "1000").replicas(2));
        Watch.untilReady(pool);

        pool.change(pool.spec().but().command(List.of("sleep", "1001")).build());

        Watch.until(
                "both run the new command",
                () -> pool.ready()
                        && pool.workers().size() == 2
                        && pool.workers().stream()
                                .allMatch(worker -> Watch.text(
                                                Path.of("/proc/" + worker.pid().orElse(0L) + "/cmdline"))
                                        .contains("1001")));
    }

    @Test
    void aWorkerThatCrashesTooOftenIsGivenUpAndItsSiblingServesOn() {
        RestartPolicy twice = new RestartPolicy(
                Duration.ofMillis(10), Duration.ofMillis(20), 0, Duration.ofMinutes(1), OptionalInt.of(2));
        Pool pool = run(script("half", "[ $MULTIPROCESS_WORKER_ID = 0 ] && exit 7; exec sleep 1000")
                .replicas(2)
                .restart(twice));

        Watch.until(
                "worker 0 is given up",
                () -> pool.workers().size() == 2 && pool.workers().getFirst().state() == WorkerState.FAILED);
        assertThat(pool.workers().getFirst().starts()).isEqualTo(3);
        assertThat(pool.workers().getFirst().problem().orElseThrow())
                .contains("exit code 7")
                .contains("given up after 2 restarts");
        Watch.until("its sibling serves", () -> pool.workers().get(1).state() == WorkerState.READY);
    }

    @Test
    void aSignalReachesEveryWorker() {
        Pool pool = run(script("hup", "trap 'echo reloaded' HUP; echo up; while :; do sleep 0.1; done")
                .replicas(2));
        Watch.until(
                "traps are set",
                () -> Watch.text(folder.resolve("hup.log")).contains("up")
                        && Watch.text(folder.resolve("hup-1.log")).contains("up"));

        pool.signal("HUP");

        Watch.until(
                "both reloaded",
                () -> Watch.text(folder.resolve("hup.log")).contains("reloaded")
                        && Watch.text(folder.resolve("hup-1.log")).contains("reloaded"));
    }

    @Test
    void aNameThatRunsIsRefusedUntilItsPoolIsClosed() {
        Pool pool = run(spec("one", "sleep", "1000"));
        assertThatThrownBy(() -> run(spec("one", "sleep", "1000")))
                .isInstanceOf(SupervisorException.Refused.class)
                .hasMessageContaining("one of that name runs");
        pool.close();
        Watch.untilReady(run(spec("one", "sleep", "1000")));
    }

    @Test
    void aListenerThatThrowsHarmsNobody() {
        Pool pool = supervisor.run(spec("deaf", "sleep", "1000").build(), (name, event) -> {
            throw new IllegalStateException("on purpose");
        });
        Watch.untilReady(pool);
        Watch.kill("KILL", Watch.pid(pool, 0));
        Watch.until(
                "it is back",
                () -> !pool.workers().isEmpty() && pool.workers().getFirst().restarts() == 1 && pool.ready());
    }
}
