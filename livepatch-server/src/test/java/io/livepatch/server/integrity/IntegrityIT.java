package io.livepatch.server.integrity;

import static io.livepatch.storage.StoreType.FILESYSTEM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.Logs;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.TwoStores;
import io.livepatch.server.Unit;
import io.livepatch.server.integrity.IntegrityCheck.CheckResult;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.placement.CatalogPatch;
import io.livepatch.server.placement.StoreRegistry;
import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IntegrityIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration INTERVAL = Duration.ofDays(7);
    private static final long FAST = 1L << 40;

    @TempDir
    Path directory;

    private final Map<PatchName, AtomicInteger> reads = new ConcurrentHashMap<>();
    private final Metrics metrics = new Metrics();
    private volatile Instant now = Instant.now();
    private final InstantSource clock = () -> now;
    private TestDatabase database;
    private Unit unit;

    @BeforeEach
    void start() {
        database = TestDatabase.fresh();
        unit = new Unit(database.database(), new TwoStores(directory, store -> new Counted(store, reads)), clock);
    }

    @AfterEach
    void end() {
        unit.close();
        database.close();
    }

    private record Counted(PatchStore delegate, Map<PatchName, AtomicInteger> reads) implements ForwardingPatchStore {
        @Override
        public Optional<PatchContent> open(PatchName name) {
            reads.computeIfAbsent(name, _ -> new AtomicInteger()).incrementAndGet();
            return delegate.open(name);
        }
    }

    private Scrub scrub(Duration interval) {
        return scrub(interval, unit.stores, Duration.ofMillis(1));
    }

    private Scrub scrub(Duration interval, StoreRegistry stores, Duration idle) {
        Scrub.Schedule schedule = new Scrub.Schedule(interval, FAST, Duration.ofMillis(1), idle);
        return new Scrub(database.database(), unit.integrity, stores, schedule, clock, metrics);
    }

    private RepairService repair(Function<Patch, Optional<PatchContent>> spare) {
        return new RepairService(database.database(), unit.integrity, unit.stores, spare, Duration.ofHours(1));
    }

    private void damage(int n) {
        unit.two.damage(FILESYSTEM, Unit.name(n).fileName());
    }

    private int reads(int n) {
        return reads.getOrDefault(Unit.name(n), new AtomicInteger()).get();
    }

    @Test
    void scrubChecksEveryPatchOncePerInterval() {
        unit.upload(0, 3);
        reads.clear();
        try (Scrub scrub = scrub(INTERVAL)) {
            assertThat(List.of(scrub.checkNext(), scrub.checkNext(), scrub.checkNext(), scrub.checkNext()))
                    .containsExactly(true, true, true, false);
            assertThat(List.of(reads(0), reads(1), reads(2))).containsOnly(1);

            verifiedEarlier(INTERVAL.minusMinutes(1));
            assertThat(scrub.checkNext()).isFalse();
            verifiedEarlier(Duration.ofMinutes(2));
            assertThat(scrub.checkNext()).isTrue();
        }
        int bytes = 2 * Unit.bytes(0).length + Unit.bytes(1).length + Unit.bytes(2).length;
        assertThat(metrics.scrape())
                .contains("livepatch_server_scrub_patches_total 4.0")
                .contains("livepatch_server_scrub_bytes_total " + bytes + ".0");
    }

    private void verifiedEarlier(Duration by) {
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "update patch_copies set verified_at = verified_at - make_interval(secs => ?)",
                        by.toSeconds()));
    }

    /** A time of verification from a clock that is ahead would postpone the next check by the difference. */
    @Test
    void unitWhoseClockIsAheadVerifiesByTheDatabasesClock() {
        unit.upload(0, 1);
        now = now.plus(Duration.ofDays(400));
        try (Scrub scrub = scrub(INTERVAL)) {
            assertThat(scrub.checkNext()).as("never verified").isTrue();
            assertThat(scrub.checkNext()).isFalse();
            verifiedEarlier(INTERVAL.plusMinutes(1));
            assertThat(scrub.checkNext()).isTrue();
        }
        assertThat(database.value("select verified_at <= clock_timestamp() from patch_copies"))
                .isEqualTo("t");
    }

    @Test
    void unitsThatScrubAtOnceShareTheWork() throws Exception {
        unit.upload(0, 40);
        reads.clear();
        try (ExecutorService units = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Scrub scrub = scrub(INTERVAL);
                running.add(units.submit(() -> {
                    while (scrub.checkNext()) {
                        Thread.onSpinWait();
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
        assertThat(reads)
                .hasSize(40)
                .allSatisfy((name, count) ->
                        assertThat(count.get()).as(name.fileName()).isEqualTo(1));
    }

    @Test
    void damagedPatchIsNotOfferedUntilItIsUploadedAgain() {
        unit.upload(0, 3);
        damage(1);
        unit.stores.activeStore().delete(Unit.name(2));
        try (Logs logs = Logs.capture();
                Scrub scrub = scrub(INTERVAL);
                RepairService repair = repair(_ -> Optional.empty())) {
            repair.start(metrics);
            scrub.start();
            await("scrubbed").atMost(PATIENCE).until(() -> !unit.offered(1) && !unit.offered(2));
            assertThat(unit.offered(0)).isTrue();
            assertThat(logs.lines())
                    .anyMatch(line -> line.contains(Unit.name(1).fileName())
                            && line.contains("its bytes hash to")
                            && line.contains("upload it again"));
            repair.scheduleRepair();
            await("known").atMost(PATIENCE).until(() -> repair.problem().isPresent());
            assertThat(repair.problem().orElseThrow()).startsWith("2 damaged, upload again: ");
            assertThat(metrics.scrape()).contains("livepatch_server_patches_rotten 2.0");

            assertThat(unit.upload(1).status()).isEqualTo(200);
            assertThat(unit.upload(2).status()).isEqualTo(200);

            assertThat(unit.offered(1)).isTrue();
            assertThat(unit.offered(2)).isTrue();
            assertThat(Patches.read(unit.stores.activeStore(), Unit.name(1))).isEqualTo(Unit.bytes(1));
            assertThat(Patches.read(unit.stores.activeStore(), Unit.name(2))).isEqualTo(Unit.bytes(2));
            repair.scheduleRepair();
            await("forgotten").atMost(PATIENCE).until(() -> repair.problem().isEmpty());
        }
    }

    @Test
    void uploadRepairsUndetectedDamage() {
        unit.upload(0, 1);
        damage(0);

        assertThat(unit.upload(0).status()).isEqualTo(200);

        assertThat(Patches.read(unit.stores.activeStore(), Unit.name(0))).isEqualTo(Unit.bytes(0));
        assertThat(unit.offered(0)).isTrue();
    }

    @Test
    void interruptedUploadLeavesADamagedPatchUnoffered() {
        unit.upload(0, 1);
        damage(0);

        assertThat(unit.api
                        .upload(
                                Unit.name(0).fileName(),
                                BodyPublishers.ofByteArray(new byte[] {1}),
                                Sha256.of(Unit.bytes(0)))
                        .status())
                .isEqualTo(422);

        assertThat(unit.offered(0)).isFalse();
        assertThat(unit.upload(0).status()).isEqualTo(200);
        assertThat(unit.offered(0)).isTrue();
    }

    @Test
    void goodSpareCopyRepairsAndBadOneDoesNot() {
        unit.upload(0, 2);
        PatchStore cache = new MemoryPatchStore();
        Patches.put(cache, Unit.name(0), Unit.bytes(0));
        Patches.put(cache, Unit.name(1), Unit.bytes(5));
        damage(0);
        damage(1);
        try (RepairService repair = repair(patch -> cache.open(patch.name()))) {
            repair.start(metrics);
            repair.scheduleCheck(Unit.name(0));
            repair.scheduleCheck(Unit.name(1));
            await("the second is found").atMost(PATIENCE).until(() -> !unit.offered(1));
            repair.scheduleRepair();

            await("the first is healed")
                    .atMost(PATIENCE)
                    .until(() -> repair.problem().equals(Optional.of("1 damaged, upload again: " + Unit.name(1))));
        }
        assertThat(Patches.read(unit.stores.activeStore(), Unit.name(0))).isEqualTo(Unit.bytes(0));
        assertThat(unit.offered(0)).isTrue();
        assertThat(unit.offered(1)).isFalse();
        assertThat(unit.two.file(FILESYSTEM, Unit.name(1).fileName())).exists();
    }

    @Test
    void verificationFindsDamagedAndRepairedPatches() throws IOException {
        unit.upload(0, 4);
        byte[] good = Files.readAllBytes(unit.two.file(FILESYSTEM, Unit.name(1).fileName()));
        damage(1);
        unit.stores.activeStore().delete(Unit.name(3));

        Map<String, CheckResult.State> found = new HashMap<>();
        String after = "";
        int steps = 0;
        do {
            Verification.Step step = unit.verification.step(after, Duration.ZERO);
            step.damaged().forEach(damaged -> found.put(damaged.filename(), damaged.state()));
            after = step.after().orElse("");
            steps++;
        } while (!after.isEmpty());

        assertThat(steps).isEqualTo(5);
        assertThat(found)
                .isEqualTo(Map.of(
                        Unit.name(1).fileName(),
                        CheckResult.State.ROTTEN,
                        Unit.name(3).fileName(),
                        CheckResult.State.MISSING));
        var status = unit.api.get("/storage").json();
        assertThat(status.path("damaged")).hasSize(2);
        assertThat(status.path("verified").path("patches").asInt()).isEqualTo(4);
        assertThat(unit.offered(1)).isFalse();

        Files.write(unit.two.file(FILESYSTEM, Unit.name(1).fileName()), good);
        Verification.Step whole = unit.verification.step("", PATIENCE);
        assertThat(whole.damaged())
                .extracting(Verification.Damaged::filename)
                .containsExactly(Unit.name(3).fileName());
        assertThat(whole.patches().done()).isEqualTo(4);
        assertThat(unit.offered(1)).isTrue();
    }

    @Test
    void checkOfARemovedPatchRecordsNothing() {
        unit.upload(0, 1);
        CatalogPatch before = unit.integrity.find(Unit.name(0)).orElseThrow();
        assertThat(unit.api.call("DELETE", "/patches/" + Unit.name(0), "").status())
                .isEqualTo(204);
        assertThat(unit.api.upload(Unit.name(0).fileName(), Unit.bytes(8)).status())
                .isEqualTo(201);

        assertThat(unit.integrity.check(before)).isEqualTo(CheckResult.GONE);

        assertThat(unit.offered(0)).isTrue();
        assertThat(database.value("select count(*) from patch_copies")).isEqualTo("0");
    }

    @Test
    void scrubContinuesAfterAnOutageOfTheDatabase() {
        try (PostgresServer postgres = PostgresServer.start();
                TestDatabase away = TestDatabase.on(postgres);
                Unit one = new Unit(away.database(), directory.resolve("one"))) {
            one.upload(0, 1);
            postgres.kill();
            Scrub.Schedule schedule = new Scrub.Schedule(INTERVAL, FAST, Duration.ofMillis(1), Duration.ofMillis(10));
            try (Logs logs = Logs.capture();
                    Scrub scrub = new Scrub(away.database(), one.integrity, one.stores, schedule, clock, metrics)) {
                scrub.start();
                await("it notices")
                        .atMost(PATIENCE)
                        .until(() ->
                                logs.lines().stream().anyMatch(line -> line.contains("the scrub cannot read patches")));
                postgres.resume();
                await("it goes on")
                        .atMost(PATIENCE)
                        .until(() -> metrics.scrape().contains("livepatch_server_scrub_patches_total 1.0"));
            }
        }
    }

    @Test
    void scrubStopsInTheMiddleOfAPatch() throws Exception {
        unit.upload(0, 1);
        CountDownLatch reading = new CountDownLatch(1);
        TwoStores slow = new TwoStores(directory, store -> new Signalling(store, reading));
        Thread closer;
        try (StoreRegistry stores = slow.stores(database.database())) {
            IntegrityService integrity = new IntegrityService(database.database(), stores, () -> {});
            // A byte in four seconds.
            Scrub.Schedule schedule = new Scrub.Schedule(INTERVAL, 1, Duration.ofMillis(1), Duration.ofHours(1));
            Scrub scrub = new Scrub(database.database(), integrity, stores, schedule, clock, metrics);
            scrub.start();
            reading.await();
            closer = Thread.startVirtualThread(scrub::close);
            assertThat(closer.join(PATIENCE)).isTrue();
        }
        assertThat(database.value("select count(*) from patch_copies")).isEqualTo("0");
        assertThat(unit.offered(0)).isTrue();
    }

    private record Signalling(PatchStore delegate, CountDownLatch reading) implements ForwardingPatchStore {
        @Override
        public Optional<PatchContent> open(PatchName name) {
            reading.countDown();
            return delegate.open(name);
        }
    }
}
