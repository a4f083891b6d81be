package io.livepatch.server.migration;

import static io.livepatch.storage.StoreType.FILESYSTEM;
import static io.livepatch.storage.StoreType.POSTGRES;
import static io.livepatch.storage.StoreType.S3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.TestDatabase;
import io.livepatch.server.TwoStores;
import io.livepatch.server.Unit;
import io.livepatch.server.placement.Progress;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.StoreType;
import io.livepatch.testing.LoggedProcess;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MigrationIT {
    private static final Duration BUDGET = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private TestDatabase database;
    private Unit unit;

    @BeforeEach
    void start() {
        database = TestDatabase.fresh();
        unit = new Unit(database.database(), directory);
    }

    @AfterEach
    void end() {
        unit.close();
        database.close();
    }

    /** Takes steps until the migration ends. */
    private MigrationStatus drive(StoreType to, Duration budget) {
        MigrationStatus move = unit.migration.step(to, MigrationStatus.Cursor.START, budget);
        while (move.state() == MigrationStatus.State.MOVING && move.obstacles().isEmpty()) {
            move = unit.migration.step(to, move.next().orElseThrow(), budget);
        }
        return move;
    }

    private String inEffect() {
        return database.value("select type from patch_store");
    }

    private byte[] stored(StoreType type, int n) {
        return Patches.read(unit.stores.store(type), Unit.name(n));
    }

    @Test
    void allPatchesMoveAndEveryUnitFollowsAndTheOldStoreKeepsItsBytes() {
        unit.upload(0, 30);
        try (StoreRegistry other = new TwoStores(directory).stores(database.database())) {
            MigrationStatus moved = drive(POSTGRES, Duration.ZERO);

            assertThat(moved.state()).isEqualTo(MigrationStatus.State.MOVED);
            assertThat(moved.patches()).isEqualTo(new Progress.Count(30, 30));
            assertThat(moved.advice()).anyMatch(line -> line.contains("set patch-storage.type to 'postgres'"));
            String size = "%.1f kB".formatted(moved.bytes().total() / 1000.0);
            assertThat(moved.advice()).anyMatch(line -> line.contains(size + " stay in 'filesystem'"));
            assertThat(inEffect()).isEqualTo("postgres");
            assertThat(unit.stores.activeType()).isEqualTo(POSTGRES);
            assertThat(other.activeType()).isEqualTo(FILESYSTEM);
            assertThat(other.readActiveType()).isEqualTo(POSTGRES);
        }
        for (int n = 0; n < 30; n++) {
            assertThat(stored(POSTGRES, n)).isEqualTo(Unit.bytes(n));
            assertThat(stored(FILESYSTEM, n)).isEqualTo(Unit.bytes(n));
        }
    }

    @Test
    void stepCopiesAtLeastOnePatchAndReportsProgress() {
        unit.upload(0, 3);

        MigrationStatus first = unit.migration.step(POSTGRES, MigrationStatus.Cursor.START, Duration.ZERO);

        assertThat(first.state()).isEqualTo(MigrationStatus.State.MOVING);
        assertThat(first.patches()).isEqualTo(new Progress.Count(1, 3));
        assertThat(first.bytes()).isEqualTo(new Progress.Count(Unit.bytes(0).length, sizeOfThree()));
        assertThat(first.last()).contains(Unit.name(0).fileName());
        assertThat(first.next())
                .contains(new MigrationStatus.Cursor(Unit.name(0).fileName(), 1));
        assertThat(inEffect()).isEqualTo("filesystem");
    }

    @Test
    void uploadsThatRaceWithAMigrationAreNotLost() throws Exception {
        AtomicBoolean moving = new AtomicBoolean(true);
        AtomicInteger number = new AtomicInteger();
        Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        try (ExecutorService uploaders = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                running.add(uploaders.submit(() -> {
                    while (moving.get()) {
                        int n = number.getAndIncrement();
                        assertThat(unit.upload(n).status()).isEqualTo(201);
                        acknowledged.add(n);
                    }
                }));
            }
            try {
                for (StoreType to : List.of(POSTGRES, FILESYSTEM, POSTGRES)) {
                    int before = acknowledged.size();
                    await("uploads").atMost(BUDGET).until(() -> acknowledged.size() > before + 10);
                    assertThat(drive(to, Duration.ofSeconds(2)).state()).isEqualTo(MigrationStatus.State.MOVED);
                }
            } finally {
                moving.set(false);
            }
            for (Future<?> one : running) {
                one.get();
            }
        }

        for (int n : acknowledged) {
            assertThat(stored(POSTGRES, n)).as("patch " + n).isEqualTo(Unit.bytes(n));
        }
    }

    @Test
    void patchThatIsDamagedAtTheSourceIsAnObstacleToTheSwitch() {
        unit.upload(0, 5);
        unit.two.damage(FILESYSTEM, Unit.name(1).fileName());
        unit.stores.store(FILESYSTEM).delete(Unit.name(3));

        MigrationStatus blocked = drive(POSTGRES, BUDGET);
        blocked = blocked.state() == MigrationStatus.State.BLOCKED ? blocked : drive(POSTGRES, BUDGET);

        assertThat(blocked.state()).isEqualTo(MigrationStatus.State.BLOCKED);
        assertThat(blocked.patches()).isEqualTo(new Progress.Count(3, 5));
        assertThat(blocked.obstacles())
                .extracting(obstacle -> obstacle.filename().orElse(""))
                .containsExactly(Unit.name(1).fileName(), Unit.name(3).fileName());
        assertThat(blocked.obstacles()).allMatch(obstacle -> obstacle.reason().contains("upload it again"));
        assertThat(inEffect()).isEqualTo("filesystem");
        assertThat(unit.offered(1)).isFalse();
        assertThat(unit.offered(2)).isTrue();
        assertThat(unit.migration.plan(POSTGRES).obstacles()).hasSize(2);

        assertThat(unit.upload(1).status()).isEqualTo(200);
        assertThat(unit.api.call("DELETE", "/patches/" + Unit.name(3), "").status())
                .isEqualTo(204);
        assertThat(drive(POSTGRES, BUDGET).state()).isEqualTo(MigrationStatus.State.MOVED);
        assertThat(stored(POSTGRES, 1)).isEqualTo(Unit.bytes(1));
    }

    @Test
    void damagedCopyAtTheTargetIsReplaced() {
        unit.upload(0, 2);
        Patches.put(unit.stores.store(POSTGRES), Unit.name(0), Unit.bytes(0));
        unit.two.damage(POSTGRES, Unit.name(0).fileName());

        assertThat(drive(POSTGRES, BUDGET).state()).isEqualTo(MigrationStatus.State.MOVED);

        assertThat(stored(POSTGRES, 0)).isEqualTo(Unit.bytes(0));
    }

    @Test
    void otherBytesAtTheTargetAreNotChanged() {
        unit.upload(0, 2);
        Patches.put(unit.stores.store(POSTGRES), Unit.name(0), Unit.bytes(7));

        drive(POSTGRES, BUDGET);
        MigrationStatus blocked = drive(POSTGRES, BUDGET);

        assertThat(blocked.state()).isEqualTo(MigrationStatus.State.BLOCKED);
        assertThat(blocked.obstacles())
                .singleElement()
                .satisfies(obstacle -> assertThat(obstacle.reason()).contains("other bytes", "not touched"));
        assertThat(stored(POSTGRES, 0)).isEqualTo(Unit.bytes(7));
        assertThat(inEffect()).isEqualTo("filesystem");
        assertThat(unit.offered(0)).isTrue();
    }

    @Test
    void migrationBackChecksTheBytesThatWereLeft() {
        unit.upload(0, 4);
        drive(POSTGRES, BUDGET);
        unit.upload(4, 6);
        unit.two.damage(FILESYSTEM, Unit.name(0).fileName());
        unit.stores.store(FILESYSTEM).delete(Unit.name(1));

        assertThat(drive(FILESYSTEM, BUDGET).state()).isEqualTo(MigrationStatus.State.MOVED);

        for (int n = 0; n < 6; n++) {
            assertThat(stored(FILESYSTEM, n)).isEqualTo(Unit.bytes(n));
        }
        assertThat(drive(FILESYSTEM, BUDGET).state()).isEqualTo(MigrationStatus.State.MOVED);
    }

    @Test
    void copiesAreMadeAgainIfTheTargetWasEmptied() {
        unit.upload(0, 3);
        unit.migration.step(POSTGRES, MigrationStatus.Cursor.START, Duration.ZERO);
        unit.stores.store(POSTGRES).delete(Unit.name(0));

        assertThat(unit.migration.plan(POSTGRES).patches()).isEqualTo(new Progress.Count(0, 3));
        assertThat(drive(POSTGRES, BUDGET).state()).isEqualTo(MigrationStatus.State.MOVED);

        assertThat(stored(POSTGRES, 0)).isEqualTo(Unit.bytes(0));
    }

    @Test
    void patchThatIsRemovedDuringAMigrationIsRemovedAtTheTarget() {
        unit.upload(0, 3);
        unit.migration.step(POSTGRES, MigrationStatus.Cursor.START, Duration.ZERO);
        assertThat(unit.api.call("DELETE", "/patches/" + Unit.name(0), "").status())
                .isEqualTo(204);

        assertThat(unit.stores.store(POSTGRES).open(Unit.name(0))).isEmpty();
        assertThat(drive(POSTGRES, BUDGET).patches()).isEqualTo(new Progress.Count(2, 2));
    }

    @Test
    void planChangesNothing() {
        unit.upload(0, 3);

        MigrationStatus plan = unit.migration.plan(POSTGRES);

        assertThat(plan.state()).isEqualTo(MigrationStatus.State.PLANNED);
        assertThat(plan.patches()).isEqualTo(new Progress.Count(0, 3));
        assertThat(plan.bytes()).isEqualTo(new Progress.Count(0, sizeOfThree()));
        assertThat(plan.obstacles()).isEmpty();
        assertThat(unit.stores.store(POSTGRES).list()).isEmpty();
        assertThat(database.value("select count(*) from patch_copies")).isEqualTo("0");
        assertThat(inEffect()).isEqualTo("filesystem");
    }

    @Test
    void unusableTargetIsAnObstacleOfTheWholeMigration() throws Exception {
        unit.upload(0, 1);
        assertThat(unit.migration.plan(S3).obstacles()).singleElement().satisfies(obstacle -> {
            assertThat(obstacle.filename()).isEmpty();
            assertThat(obstacle.reason()).contains("nobody said where the bucket is");
        });
        assertThatThrownBy(() -> unit.migration.step(S3, MigrationStatus.Cursor.START, BUDGET))
                .isInstanceOf(StoreException.Unavailable.class);

        unit.stores.store(POSTGRES);
        Files.delete(unit.two.of(POSTGRES).resolve(".lock"));
        assertThat(unit.migration.plan(POSTGRES).obstacles())
                .singleElement()
                .satisfies(obstacle -> assertThat(obstacle.reason()).contains("lost its lock file"));
        assertThat(inEffect()).isEqualTo("filesystem");
    }

    @Test
    void secondMigrationIsRefusedWhileTheFirstTakesAStep() throws Exception {
        unit.upload(0, 2);
        CountDownLatch copying = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        TwoStores held = new TwoStores(directory, store -> new HeldStore(store, copying, goOn));
        try (StoreRegistry stores = held.stores(database.database());
                ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
            Migration first = new Migration(database.database(), stores, unit.integrity, () -> {});
            Future<MigrationStatus> step =
                    thread.submit(() -> first.step(POSTGRES, MigrationStatus.Cursor.START, BUDGET));
            copying.await();

            assertThatThrownBy(() -> unit.migration.step(POSTGRES, MigrationStatus.Cursor.START, BUDGET))
                    .isInstanceOf(ProblemException.Conflict.class)
                    .hasMessageContaining("another migration is taking a step");
            assertThat(unit.migration.plan(POSTGRES).obstacles())
                    .singleElement()
                    .satisfies(
                            obstacle -> assertThat(obstacle.reason()).contains("another migration is taking a step"));
            assertThat(unit.api.get("/storage").json().path("moving").asBoolean())
                    .isTrue();

            goOn.countDown();
            assertThat(step.get().state()).isEqualTo(MigrationStatus.State.MOVED);
            assertThat(unit.api.get("/storage").json().path("moving").asBoolean())
                    .isFalse();
        }
    }

    @Test
    void killedMigrationContinuesWhereItStopped() throws Exception {
        unit.upload(0, 10);
        try (LoggedProcess process = MigrationProcess.start(database.dsn(), directory, 4)) {
            process.awaitWhileAlive("copies are made", () -> process.output().contains(MigrationProcess.BLOCKED));
            process.kill();
        }
        assertThat(database.value("select count(*) from patch_copies where store = 'postgres'"))
                .isEqualTo("4");
        assertThat(inEffect()).isEqualTo("filesystem");
        String verified = database.value("select max(verified_at)::text from patch_copies");

        try (LoggedProcess process = MigrationProcess.start(database.dsn(), directory, 100)) {
            assertThat(process.exitCode()).as(process.output()).isZero();
            assertThat(process.output()).contains("moved 10 patches");
        }

        assertThat(inEffect()).isEqualTo("postgres");
        assertThat(database.value(
                        "select count(*) from patch_copies where verified_at <= '" + verified + "'::timestamptz"))
                .as("copies that were not made again")
                .isEqualTo("4");
        for (int n = 0; n < 10; n++) {
            assertThat(stored(POSTGRES, n)).isEqualTo(Unit.bytes(n));
        }
    }

    @Test
    void stepsOverHttpAreValidatedAndHaveTheSameResult() {
        unit.upload(0, 2);

        assertThat(unit.api.post("/storage/migration", "{\"to\":\"nfs\"}").detail())
                .contains("filesystem, postgres, s3");
        assertThat(unit.api.post("/storage/migration", "{}").status()).isEqualTo(400);
        assertThat(unit.api
                        .post("/storage/migration", "{\"to\":\"s3\",\"next\":{\"after\":\"x\",\"copied\":-1}}")
                        .status())
                .isEqualTo(400);
        assertThat(unit.api
                        .post(
                                "/storage/migration",
                                "{\"to\":\"s3\",\"next\":{\"after\":\"" + "x".repeat(201) + "\",\"copied\":1}}")
                        .status())
                .isEqualTo(400);
        assertThat(unit.api.post("/storage/migration", "{\"to\":\"s3\"}").status())
                .isEqualTo(503);
        assertThat(unit.api
                        .post("/storage/verification", "{\"after\":\"" + "x".repeat(201) + "\"}")
                        .status())
                .isEqualTo(400);

        var plan = unit.api
                .post("/storage/migration", "{\"to\":\"postgres\",\"dry-run\":true}")
                .json();
        assertThat(plan.path("state").asString()).isEqualTo("planned");
        assertThat(plan.path("patches").path("total").asInt()).isEqualTo(2);
        var moved = unit.api.post("/storage/migration", "{\"to\":\"postgres\"}").json();
        assertThat(moved.path("state").asString()).isEqualTo("moved");
        var status = unit.api.get("/storage").json();
        assertThat(status.path("type").asString()).isEqualTo("postgres");
        assertThat(status.path("moved-from").asString()).isEqualTo("filesystem");
        assertThat(status.path("verified").path("patches").asInt()).isEqualTo(2);
    }

    /** Blocks in the first put. */
    private record HeldStore(PatchStore delegate, CountDownLatch copying, CountDownLatch goOn)
            implements ForwardingPatchStore {
        @Override
        public PutResult put(PatchName name, InputStream source, Sha256 expected) {
            copying.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            return delegate.put(name, source, expected);
        }
    }

    private static long sizeOfThree() {
        return (long) Unit.bytes(0).length + Unit.bytes(1).length + Unit.bytes(2).length;
    }
}
