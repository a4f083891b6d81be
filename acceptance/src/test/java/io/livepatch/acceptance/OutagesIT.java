package io.livepatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.testing.FreePorts;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Outages and hangs of parts of a stack on S3 while machines use it through haproxy: the remaining requests are served. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OutagesIT {
    // Longer than the detection times of haproxy and the supervisor.
    private static final Duration OUTAGE =
            Duration.ofSeconds(Long.parseLong(System.getProperty("attacks.seconds", "15")));
    // 15 s on an idle machine. Parallel tests compete for the processors, so the short form allows 60 s.
    private static final Duration REPLACEMENT_DEADLINE =
            Duration.ofSeconds(System.getProperty("attacks.seconds") == null ? 60 : 15);
    private static final Duration RECOVERY = Duration.ofMinutes(2);
    private static final String WORKER = "io.livepatch.server.Main";
    private static final String HAPROXY = "haproxy -W";

    private TestModel model;
    private int port;
    private S3Script s3;
    private RunningStack stack;

    @BeforeAll
    void up() throws Exception {
        model = TestModel.create();
        port = FreePorts.one();
        s3 = S3Script.start(model.scripts(), port, model.work().resolve("s3"));
        Scripts there = model.scripts().with(Map.of("LIVEPATCH_S3_ENDPOINT", "http://127.0.0.1:" + port));
        stack = RunningStack.up(model, there, "--store", "s3");
    }

    @AfterAll
    void removeModel() throws Exception {
        try {
            model.close();
        } finally {
            s3.close();
        }
    }

    /** Each test starts with a stack that serves all calls. */
    @AfterEach
    void awaitEverythingServed() {
        try (RepeatedCalls everything = RepeatedCalls.of(stack.machine(200).allCalls())) {
            everything.awaitSuccessfulRounds(3, RECOVERY);
        }
    }

    @Test
    void downloadsGoOnWhilePostgresqlIsFrozenAndCheckInsResume() throws Exception {
        try (RepeatedCalls downloads = downloads();
                RepeatedCalls checkIns = checkIns()) {
            downloads.awaitSuccessfulRounds(3, RECOVERY);
            try (FrozenProcesses _ = FrozenProcesses.freeze(pids(OutagesIT::isPostgres))) {
                downloads.awaitRounds(3, OUTAGE);
            }
            report("PostgreSQL frozen", downloads, checkIns);

            assertThat(downloads.failures()).as("downloads").isEmpty();
            checkIns.awaitSuccessfulRounds(5, Duration.ofSeconds(60));
        }
    }

    @Test
    void downloadsGoOnWhilePostgresqlIsDeadAndCheckInsResume() throws Exception {
        try (RepeatedCalls downloads = downloads();
                RepeatedCalls checkIns = checkIns()) {
            downloads.awaitSuccessfulRounds(3, RECOVERY);
            // The charm starts it again, so it is killed repeatedly.
            Thread killer = Thread.startVirtualThread(this::killPostgres);
            try {
                downloads.awaitRounds(3, OUTAGE);
            } finally {
                killer.interrupt();
                killer.join();
            }
            report("PostgreSQL dead", downloads, checkIns);

            assertThat(downloads.failures()).as("downloads").isEmpty();
            checkIns.awaitSuccessfulRounds(5, RECOVERY);
        }
    }

    private void killPostgres() {
        while (!Thread.currentThread().isInterrupted()) {
            pids(OutagesIT::isPostgres).forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }

    @Test
    void downloadsAndCheckInsGoOnWhileTheStoreIsAway() throws Exception {
        try (RepeatedCalls downloads = downloads();
                RepeatedCalls checkIns = checkIns()) {
            downloads.awaitSuccessfulRounds(3, RECOVERY);
            checkIns.awaitSuccessfulRounds(3, RECOVERY);
            s3.close();
            try {
                downloads.awaitRounds(3, OUTAGE);
                checkIns.awaitRounds(3, Duration.ZERO);
            } finally {
                s3 = S3Script.start(model.scripts(), port, model.work().resolve("s3"));
            }
            report("S3 away", downloads, checkIns);

            assertThat(downloads.failures())
                    .as("downloads of a patch that is in the cache")
                    .isEmpty();
            assertThat(checkIns.failures()).as("check-ins").isEmpty();
        }
    }

    @Test
    void aFrozenWorkerIsReplacedWhereItIsTheOnlyOne() throws Exception {
        expectReplacement("the only worker", pids(line -> line.contains(WORKER)));
    }

    @Test
    void aFrozenWorkerIsReplacedBesideAHealthyOne() throws Exception {
        stack.scripts().run("juju", "config", "livepatch", "workers=2").expectSuccess();
        try {
            // The unit is active with one ready worker. A worker that is frozen before its first answer counts as
            // starting and is replaced only after the start timeout.
            await("two workers are ready")
                    .atMost(RECOVERY)
                    .until(() -> stack.scripts().run("juju", "status").output().contains("(2 workers)"));

            expectReplacement("one of two workers", Set.of(Processes.pid(model.home(), WORKER)));
        } finally {
            stack.scripts().run("juju", "config", "livepatch", "workers=1").expectSuccess();
            stack.scripts().run("juju", "wait-for", "--timeout", "2m").expectSuccess();
        }
    }

    @Test
    void aFrozenHaproxyWorkerIsReplaced() throws Exception {
        Set<Long> all = pids(line -> line.contains(HAPROXY));
        expectReplacement(
                "the worker of haproxy",
                all.stream().filter(pid -> all.contains(parent(pid))).collect(Collectors.toSet()));
    }

    @Test
    void aFrozenHaproxyMasterIsReplaced() throws Exception {
        Set<Long> all = pids(line -> line.contains(HAPROXY));
        expectReplacement(
                "the master of haproxy",
                all.stream().filter(pid -> !all.contains(parent(pid))).collect(Collectors.toSet()));
    }

    @Test
    void aWhollyFrozenHaproxyIsReplaced() throws Exception {
        expectReplacement("all of haproxy", pids(line -> line.contains(HAPROXY)));
    }

    private void expectReplacement(String what, Set<Long> pids) throws Exception {
        assertThat(pids).as("processes to freeze").isNotEmpty();
        awaitEverythingServed();
        try (RepeatedCalls during = RepeatedCalls.of(stack.machine(205).allCalls());
                FrozenProcesses frozen = FrozenProcesses.freeze(pids)) {
            Instant start = Instant.now();
            try {
                awaitEndOf(frozen);
                try (RepeatedCalls after = RepeatedCalls.of(stack.machine(200).allCalls())) {
                    after.awaitSuccessfulRounds(5, REPLACEMENT_DEADLINE.minus(Duration.between(start, Instant.now())));
                }
            } finally {
                System.out.printf(
                        "%s frozen, looked at for %d ms: %s%n",
                        what, Duration.between(start, Instant.now()).toMillis(), during.summary());
            }
        }
    }

    private void awaitEndOf(FrozenProcesses frozen) {
        try {
            await("the end of the frozen processes " + frozen.pids())
                    .atMost(REPLACEMENT_DEADLINE)
                    .until(() -> frozen.stopped().isEmpty());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(stack.describe(), e);
        }
    }

    private RepeatedCalls downloads() throws Exception {
        Machine machine = stack.machine(200);
        machine.enrol();
        machine.checkIn();
        return RepeatedCalls.of(Map.of("download", machine::download));
    }

    private RepeatedCalls checkIns() throws Exception {
        Machine machine = stack.machine(205);
        machine.enrol();
        return RepeatedCalls.of(Map.of("check-in", machine::checkIn));
    }

    private static void report(String what, RepeatedCalls downloads, RepeatedCalls checkIns) {
        System.out.printf("%s: downloads: %s; check-ins: %s%n", what, downloads.summary(), checkIns.summary());
    }

    private Set<Long> pids(Predicate<String> which) {
        return Processes.of(model.home()).stream()
                .filter(which)
                .map(line -> Long.valueOf(line.substring(0, line.indexOf(' '))))
                .collect(Collectors.toSet());
    }

    /** The postmaster and its child processes. */
    private static boolean isPostgres(String line) {
        return line.matches("\\d+ (\\S*/bin/postgres -D|postgres: ).*");
    }

    private static long parent(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(ProcessHandle::parent)
                .map(ProcessHandle::pid)
                .orElse(0L);
    }
}
