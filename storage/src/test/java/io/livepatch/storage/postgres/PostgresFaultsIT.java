package io.livepatch.storage.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StoreException;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store while its database is killed and restarted. */
final class PostgresFaultsIT {
    private static final PatchName NAME = Patches.name(0);
    private static final PatchName OTHER = Patches.name(1);
    private static final byte[] BYTES = Patches.bytes(3 << 20, 1);
    private static final byte[] OTHER_BYTES = Patches.bytes(100_000, 2);
    private static final String AT_THE_FIFTH_CHUNK =
            "if new.number = 5 then " + TestDatabase.waitForRelease() + " end if;";

    private static PostgresServer server;

    @TempDir
    private Path spool;

    private TestDatabase database;
    private PooledDatabase pool;
    private PatchStore store;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void open() {
        database = TestDatabase.on(server);
        pool = database.pool(spool);
        store = pool.open();
        Patches.put(store, OTHER, OTHER_BYTES);
    }

    @AfterEach
    void close() {
        executor.close();
        store.close();
        pool.close();
    }

    private Future<PatchStore.PutResult> put(PatchStore target) {
        return executor.submit(() -> Patches.put(target, NAME, BYTES));
    }

    /** Starts a put, and kills the database while the put waits for the held lock. */
    private Future<PatchStore.PutResult> putAndKill(PatchStore target) throws Exception {
        try (HeldLock hold = database.hold()) {
            Future<PatchStore.PutResult> put = put(target);
            hold.awaitReached();
            server.kill();
            return put;
        }
    }

    @Test
    void putContinuesAfterARestartOfTheDatabase() throws Exception {
        database.when("trigger held before insert", "stored_patch_chunks", AT_THE_FIFTH_CHUNK);

        Future<PatchStore.PutResult> put = putAndKill(store);
        server.resume();

        assertThat(put.get().created()).isTrue();
        assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
    }

    @Test
    void putThatFailsWithTheDatabaseLeavesNothingAndCanBeRepeated() throws Exception {
        database.when("trigger held before insert", "stored_patch_chunks", AT_THE_FIFTH_CHUNK);

        try (PooledDatabase impatient = database.impatientPool(spool);
                PatchStore target = impatient.open()) {
            Future<PatchStore.PutResult> put = putAndKill(target);
            assertThatThrownBy(put::get).hasCauseInstanceOf(StoreException.Unavailable.class);
        }
        server.resume();
        assertThat(store.open(NAME)).isEmpty();
        assertThat(database.psql("select count(*) from stored_patch_chunks")).isEqualTo("1");
        assertThat(Patches.read(store, OTHER)).isEqualTo(OTHER_BYTES);
        assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
    }

    @Test
    void commitWithoutAnAnswerIsReportedAsUncertain() throws Exception {
        database.when(
                "constraint trigger held after insert",
                "stored_patches deferrable initially deferred",
                TestDatabase.waitForRelease());

        Future<PatchStore.PutResult> put = putAndKill(store);
        server.resume();

        assertThatThrownBy(put::get)
                .hasCauseInstanceOf(StoreException.Unavailable.class)
                .hasMessageContainingAll(
                        NAME.fileName(), PooledDatabase.ADDRESS, "may or may not have happened", "again");
        Patches.put(store, NAME, BYTES);
        assertThat(Patches.put(store, NAME, BYTES).created()).isFalse();
        assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
    }

    @Test
    void acknowledgedPutsSurviveKillOfADatabaseWithAsynchronousCommit() {
        database.psql("alter system set wal_writer_delay = '10s'");
        database.psql("alter database " + database.name() + " set synchronous_commit = off");
        database.psql("select pg_reload_conf()");
        try (PooledDatabase asynchronous = database.pool(spool);
                PatchStore store = asynchronous.open()) {
            Patches.put(store, NAME, new byte[] {1});
            store.delete(OTHER);
            server.kill();
            server.resume();

            try (Stream<PatchName> names = store.list()) {
                assertThat(names).containsExactly(NAME);
            }
        }
    }

    @Test
    void readerContinuesAfterARestartOfTheDatabase() throws Exception {
        Patches.put(store, NAME, BYTES);

        try (PatchContent content = store.open(NAME).orElseThrow();
                InputStream bytes = content.read(0, BYTES.length)) {
            byte[] begun = bytes.readNBytes(1000);
            Future<byte[]> rest;
            try (HeldLock hold = database.holdChunks()) {
                rest = executor.submit(bytes::readAllBytes);
                hold.awaitReached();
                server.kill();
            }
            server.resume();

            assertThat(rest.get()).isEqualTo(Arrays.copyOfRange(BYTES, begun.length, BYTES.length));
        }
    }

    @Test
    void storeIsUnavailableWhileTheDatabaseIsDown() throws IOException {
        try (PooledDatabase impatient = database.impatientPool(spool);
                PatchStore before = impatient.open();
                PatchContent content = before.open(OTHER).orElseThrow()) {
            server.kill();

            assertThatThrownBy(() -> content.read(0, 1)).isInstanceOf(StoreException.Unavailable.class);
            try (PooledDatabase down = database.impatientPool(spool);
                    PatchStore opened = down.open()) {
                assertThat(opened.check().problem().orElseThrow())
                        .contains(PooledDatabase.ADDRESS, "refused", "check that the database runs")
                        .doesNotContain("password");
                assertThatThrownBy(() -> opened.open(NAME))
                        .isInstanceOf(StoreException.Unavailable.class)
                        .hasMessageContainingAll(
                                NAME.fileName(), PooledDatabase.ADDRESS, "refused", "check that the database runs");
                server.resume();
                assertThat(opened.check()).isEqualTo(PatchStore.StoreHealth.OK);
                assertThat(Patches.read(opened, OTHER)).isEqualTo(OTHER_BYTES);
            }
        }
    }

    @Test
    void concurrentPutOfTheSameNameWaitsAndFindsTheFirst() throws Exception {
        database.when("trigger held before insert", "stored_patch_chunks", AT_THE_FIFTH_CHUNK);
        try (PooledDatabase elsewhere = database.pool(spool);
                PatchStore other = elsewhere.open()) {
            Future<PatchStore.PutResult> put;
            Future<PatchStore.PutResult> same;
            Future<PatchStore.PutResult> different;
            try (HeldLock hold = database.hold()) {
                put = put(store);
                hold.awaitReached();
                same = executor.submit(() -> Patches.put(other, NAME, BYTES));
                different = executor.submit(() -> Patches.put(other, NAME, OTHER_BYTES));
                hold.awaitWaiting(3);
            }

            assertThat(put.get().created()).isTrue();
            assertThat(same.get().created()).isFalse();
            assertThatThrownBy(different::get).hasCauseInstanceOf(StoreException.Conflict.class);
        }
    }
}
