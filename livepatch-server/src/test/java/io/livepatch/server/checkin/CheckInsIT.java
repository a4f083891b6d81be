package io.livepatch.server.checkin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.Logs;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.checkin.CheckInQueue.PendingCheckIn;
import io.livepatch.server.database.Database;
import io.livepatch.server.machine.Machine;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.PostgresServer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckInsIT {
    private enum Outcome {
        WRITTEN,
        GONE,
        FAILED
    }

    private static final class Waiting extends PendingCheckIn {
        final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

        Waiting(Machine machine, MachineReport report, long received) {
            super(machine, report, received);
        }

        @Override
        void written() {
            outcome.complete(Outcome.WRITTEN);
        }

        @Override
        void gone() {
            outcome.complete(Outcome.GONE);
        }

        @Override
        void failed(RuntimeException cause) {
            assertThat(cause).isInstanceOf(ProblemException.Unavailable.class);
            outcome.complete(Outcome.FAILED);
        }

        @Override
        void execute(Runnable answer) {
            answer.run();
        }
    }

    /** A batch that hangs until it is let go. */
    private static final class Stuck implements CheckInDao {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);

        @Override
        public Written write(List<PendingCheckIn> checkIns, Guard guard) {
            entered.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            return new Written(IntStream.rangeClosed(1, checkIns.size()).boxed().toList(), List.of());
        }
    }

    @Test
    void lastOfSeveralReportsOfAMachineInABatchIsKeptAndAllAreAnswered() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                CheckIns checkIns = new CheckIns(test.database(), Optional::empty, new Metrics())) {
            Machine machine = enrolled(test.jdbi(), "m1");
            Machine stale = new Machine(machine.id(), machine.tier(), Sha256.of("stale".getBytes(UTF_8)));

            Waiting first = submit(checkIns, machine, 1);
            Waiting other = submit(checkIns, stale, 2);
            Waiting last = submit(checkIns, machine, 3);
            Waiting never = submit(checkIns, machine("m2"), 4);
            checkIns.start();

            assertThat(first.outcome.get()).isEqualTo(Outcome.WRITTEN);
            assertThat(last.outcome.get()).isEqualTo(Outcome.WRITTEN);
            assertThat(other.outcome.get()).isEqualTo(Outcome.GONE);
            assertThat(never.outcome.get()).isEqualTo(Outcome.GONE);
            assertThat(uptimes(test.jdbi())).containsExactly(Map.entry("m1", 3L));
        }
    }

    /** As a unit wrote them whose clock was ahead. */
    @Test
    void storedTimeInTheFutureIsReplacedByTheNextReport() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                CheckIns checkIns = new CheckIns(test.database(), Optional::empty, new Metrics())) {
            Machine machine = enrolled(test.jdbi(), "m1");
            checkIns.start();
            assertThat(submit(checkIns, machine, 1).outcome.get()).isEqualTo(Outcome.WRITTEN);
            test.jdbi().useHandle(h -> h.execute("update machine_reports set seen_at = now() + interval '400 days'"));

            assertThat(submit(checkIns, machine, 2).outcome.get()).isEqualTo(Outcome.WRITTEN);

            assertThat(uptimes(test.jdbi())).containsExactly(Map.entry("m1", 2L));
            assertThat(test.value("select seen_at between now() - interval '1 minute' and now() from machine_reports"))
                    .isEqualTo("t");
        }
    }

    /** The first one waited in one unit while the machine gave up and reported to another unit. */
    @Test
    void reportThatWasDelayedInOneUnitDoesNotReplaceALaterOneOfAnother() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                Database second = test.open();
                CheckIns one = new CheckIns(test.database(), Optional::empty, new Metrics());
                CheckIns other = new CheckIns(second, Optional::empty, new Metrics())) {
            Machine machine = enrolled(test.jdbi(), "m1");
            one.start();
            other.start();

            submit(other, machine, 2).outcome.get();
            assertThat(submit(one, machine, 1, null, Duration.ofMinutes(2))
                            .outcome
                            .get())
                    .as("a later report of the machine is durable")
                    .isEqualTo(Outcome.WRITTEN);
            assertThat(uptimes(test.jdbi())).containsExactly(Map.entry("m1", 2L));
            submit(one, machine, 3).outcome.get();

            assertThat(uptimes(test.jdbi())).containsExactly(Map.entry("m1", 3L));
        }
    }

    @Test
    void machineWhoseBootTimeGoesBackTwiceIsReportedAsTwoMachines() throws Exception {
        Metrics metrics = new Metrics();
        try (TestDatabase test = TestDatabase.fresh();
                Logs logs = Logs.capture();
                CheckIns checkIns = new CheckIns(test.database(), Optional::empty, metrics)) {
            Machine machine = enrolled(test.jdbi(), "m1");
            Machine rebooting = enrolled(test.jdbi(), "m2");
            Instant early = Instant.parse("2026-05-01T00:00:00Z");
            Instant late = Instant.parse("2026-05-02T00:00:00Z");
            checkIns.start();
            for (int i = 0; i < 3; i++) {
                // A second of difference is how a kernel computes it, a day is a reboot.
                submit(checkIns, rebooting, i, late.plus(Duration.ofDays(i)).minusSeconds(i), Duration.ZERO)
                        .outcome
                        .get();
                submit(checkIns, machine, i, late, Duration.ZERO).outcome.get();
                assertThat(metrics.scrape()).contains("duplicate_machine_reports_total " + Math.max(0, i - 1) + ".0");
                submit(checkIns, machine, i, early, Duration.ZERO).outcome.get();
            }

            assertThat(metrics.scrape()).contains("livepatch_server_duplicate_machine_reports_total 2.0");
            assertThat(logs.lines().stream().filter(line -> line.contains("seems to be two machines")))
                    .hasSize(1)
                    .allMatch(line -> line.contains("'m1'"));
            assertThat(test.value("select string_agg(machine_id || boot_reversals, ' ' order by machine_id)"
                            + " from machine_reports"))
                    .isEqualTo("m13 m20");
        }
    }

    @Test
    void fullQueueRefusesAtOnceAndIsCounted() throws Exception {
        Stuck dao = new Stuck();
        Metrics metrics = new Metrics();
        try (CheckIns checkIns = new CheckIns(dao, Optional::empty, metrics, 1)) {
            checkIns.start();
            Waiting atWork = submit(checkIns, machine("m1"), 1);
            dao.entered.await();
            Waiting waiting = submit(checkIns, machine("m2"), 1);

            assertThatThrownBy(() -> submit(checkIns, machine("m3"), 1))
                    .isInstanceOf(ProblemException.Unavailable.class);

            assertThat(metrics.scrape()).contains("livepatch_server_check_in_rejected_total 1.0");
            dao.release.countDown();
            assertThat(atWork.outcome.get()).isEqualTo(Outcome.WRITTEN);
            assertThat(waiting.outcome.get()).isEqualTo(Outcome.WRITTEN);
        }
    }

    @Test
    void closeWritesQueuedCheckInsAndAcceptsNoMore() {
        try (TestDatabase test = TestDatabase.fresh()) {
            Machine machine = enrolled(test.jdbi(), "m1");
            CheckIns checkIns = new CheckIns(test.database(), Optional::empty, new Metrics());
            Waiting taken = submit(checkIns, machine, 1);
            checkIns.start();

            checkIns.close();

            assertThat(taken.outcome).isCompletedWithValue(Outcome.WRITTEN);
            assertThatThrownBy(() -> submit(checkIns, machine, 2)).isInstanceOf(ProblemException.Unavailable.class);
        }
    }

    @Test
    void closeBeforeStartAnswersQueuedCheckIns() {
        CheckIns checkIns = new CheckIns(new Stuck(), Optional::empty, new Metrics(), 10);
        Waiting waiting = submit(checkIns, machine("m1"), 1);

        checkIns.close();

        assertThat(waiting.outcome).isCompletedWithValue(Outcome.FAILED);
    }

    @Test
    void answeredCheckInsSurviveAKilledDatabaseAndTheUnitRecovers() throws Exception {
        try (PostgresServer server = PostgresServer.start();
                TestDatabase test = TestDatabase.on(server);
                CheckIns checkIns = new CheckIns(test.database(), Optional::empty, new Metrics())) {
            List<Machine> machines = IntStream.range(0, 20)
                    .mapToObj(i -> enrolled(test.jdbi(), "m" + i))
                    .toList();
            Map<String, Long> answered = new ConcurrentHashMap<>();
            AtomicInteger failed = new AtomicInteger();
            AtomicLong rounds = new AtomicLong();
            checkIns.start();
            Thread storm = Thread.ofVirtual().start(() -> storm(checkIns, machines, answered, failed, rounds));

            await().until(() -> rounds.get() > 20);
            server.kill();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> failed.get() > 0 && checkIns.refusal().isPresent());
            server.resume();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> checkIns.refusal().isEmpty());
            storm.interrupt();
            storm.join();

            Map<String, Long> stored = uptimes(test.jdbi());
            answered.forEach(
                    (machine, uptime) -> assertThat(stored.get(machine)).isGreaterThanOrEqualTo(uptime));
            assertThat(answered).hasSize(20);
        }
    }

    /** P0001: a trigger's own exception. 54000: a limit of PostgreSQL. Both concern the rows of one statement. */
    @ParameterizedTest
    @ValueSource(strings = {"P0001", "54000"})
    void batchThatTheDatabaseRefusesForItsRowsStopsNoOther(String state) throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                CheckIns checkIns = new CheckIns(test.database(), Optional::empty, new Metrics())) {
            Machine bad = enrolled(test.jdbi(), "bad");
            Machine good = enrolled(test.jdbi(), "good");
            refuse(test.jdbi(), "bad", state);
            checkIns.start();

            assertThat(submit(checkIns, bad, 1).outcome.get()).isEqualTo(Outcome.FAILED);
            assertThat(checkIns.refusal()).isEmpty();
            assertThat(submit(checkIns, good, 2).outcome.get()).isEqualTo(Outcome.WRITTEN);
        }
    }

    /** A policy of row level security refuses single rows with the SQL state that a missing right has. */
    @Test
    void batchThatIsRefusedForEverIsGivenUpWhileTheDatabaseIsWell() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                CheckIns checkIns = new CheckIns(test.database(), Optional::empty, new Metrics())) {
            Machine bad = enrolled(test.jdbi(), "bad");
            Machine good = enrolled(test.jdbi(), "good");
            refuse(test.jdbi(), "bad", "42501");
            checkIns.start();

            assertThat(submit(checkIns, bad, 1).outcome.get()).isEqualTo(Outcome.FAILED);
            assertThat(checkIns.refusal()).isPresent();
            await("check-ins are taken again")
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> submitOrFail(checkIns, good, 2).outcome.get() == Outcome.WRITTEN);
        }
    }

    /** Lets the database refuse the reports of this machine with this SQL state. */
    private static void refuse(Jdbi jdbi, String machine, String state) {
        jdbi.useHandle(handle -> {
            handle.execute("""
                    create function refuse() returns trigger language plpgsql as $$
                    begin raise exception 'refused by a trigger' using errcode = '%s'; end $$""".formatted(state));
            handle.execute(
                    "create trigger refuse before insert or update on machine_reports for each row when (new.machine_id = '%s')"
                                    .formatted(machine)
                            + " execute function refuse()");
        });
    }

    /** Every machine reports a growing number, again and again, until interrupted. */
    private static void storm(
            CheckIns checkIns,
            List<Machine> machines,
            Map<String, Long> answered,
            AtomicInteger failed,
            AtomicLong rounds) {
        while (!Thread.currentThread().isInterrupted()) {
            long round = rounds.incrementAndGet();
            List<Waiting> all = machines.stream()
                    .map(machine -> submitOrFail(checkIns, machine, round))
                    .toList();
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).outcome.join() == Outcome.WRITTEN) {
                    answered.put(machines.get(i).id().text(), round);
                } else {
                    failed.incrementAndGet();
                }
            }
        }
    }

    @Test
    void concurrentRemovalOfMachinesDoesNotFailABatch() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                CheckIns checkIns = new CheckIns(test.database(), Optional::empty, new Metrics())) {
            List<Machine> machines = IntStream.range(0, 300)
                    .mapToObj(i -> enrolled(test.jdbi(), "m" + i))
                    .toList();
            checkIns.start();
            Thread leaving = Thread.ofVirtual()
                    .start(() -> machines.forEach(machine -> test.jdbi()
                            .useHandle(handle -> handle.execute(
                                    "delete from machines where machine_id = ?",
                                    machine.id().text()))));

            while (leaving.isAlive()) {
                for (Waiting waiting : machines.stream()
                        .map(machine -> submit(checkIns, machine, 1))
                        .toList()) {
                    assertThat(waiting.outcome.get()).isNotEqualTo(Outcome.FAILED);
                }
            }
            assertThat(uptimes(test.jdbi())).isEmpty();
        }
    }

    /** While the database is known to be away a check-in is refused before it waits. */
    private static Waiting submitOrFail(CheckIns checkIns, Machine machine, long uptime) {
        try {
            return submit(checkIns, machine, uptime);
        } catch (ProblemException.Unavailable e) {
            Waiting refused = waiting(machine, uptime, null, Duration.ZERO);
            refused.failed(e);
            return refused;
        }
    }

    private static Waiting submit(CheckIns checkIns, Machine machine, long uptime) {
        return submit(checkIns, machine, uptime, null, Duration.ZERO);
    }

    private static Waiting submit(
            CheckIns checkIns, Machine machine, long uptime, @Nullable Instant bootTime, Duration age) {
        Waiting waiting = waiting(machine, uptime, bootTime, age);
        checkIns.submit(waiting);
        return waiting;
    }

    private static Waiting waiting(Machine machine, long uptime, @Nullable Instant bootTime, Duration age) {
        MachineReport report = new MachineReport(
                new KernelRelease("5.15.0-107.117-generic"),
                new Architecture("amd64"),
                null,
                null,
                bootTime,
                uptime,
                null,
                null);
        return new Waiting(machine, report, System.nanoTime() - age.toNanos());
    }

    private static Machine machine(String id) {
        return new Machine(new MachineId(id), new TierName("stable"), Sha256.of(id.getBytes(UTF_8)));
    }

    private static Machine enrolled(Jdbi jdbi, String id) {
        Machine machine = machine(id);
        jdbi.useHandle(handle -> {
            handle.execute("""
                    insert into auth_tokens (label, token_hash, tier_id, created_at)
                    select 'a', sha256('a'), tier_id, now() from tiers where name = 'stable' on conflict do nothing""");
            handle.execute("""
                    insert into machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture,
                                          enrolled_at)
                    select ?, ?, '', auth_token_id, tier_id, 'k', 'a', now() from auth_tokens""", id, machine.token().bytes());
        });
        return machine;
    }

    private static Map<String, Long> uptimes(Jdbi jdbi) {
        return jdbi.withHandle(handle -> handle.createQuery("select machine_id, uptime from machine_reports")
                .setMapKeyColumn("machine_id")
                .setMapValueColumn("uptime")
                .collectInto(new org.jdbi.v3.core.generic.GenericType<Map<String, Long>>() {}));
    }
}
