package io.livepatch.storage.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.postgres.PostgresPatchStore.Chunking;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables, connections and rows: what is specific to the PostgreSQL store. */
final class PostgresPatchesIT {
    private static final PatchName NAME = Patches.name(0);
    private static final byte[] BYTES = Patches.bytes(3 << 20, 1);

    @TempDir
    private Path spool;

    private TestDatabase database;
    private PooledDatabase pool;
    private PatchStore store;

    @BeforeEach
    void open() {
        database = TestDatabase.on(PostgresServer.shared());
        pool = database.pool(spool);
        store = PatchStores.open(pool.config());
    }

    @AfterEach
    void close() {
        store.close();
        pool.close();
    }

    @Test
    void concurrentFirstPutsCreateTheTablesOnce() throws Exception {
        List<Future<Boolean>> puts = new ArrayList<>();
        try (ExecutorService units = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                PatchName name = Patches.name(i);
                puts.add(units.submit(
                        () -> Patches.put(pool.open(), name, new byte[] {1}).created()));
            }
        }

        for (Future<Boolean> put : puts) {
            assertThat(put.get()).isTrue();
        }
        assertThat(database.psql("select attstorage from pg_attribute where attname = 'bytes'"
                        + " and attrelid = 'stored_patch_chunks'::regclass"))
                .as("storage external")
                .isEqualTo("e");
    }

    @Test
    void putThatWaitedForTheCreationOfTheTablesDoesNotAlterThem() throws Exception {
        try (Connection other = pool.config().source().getConnection();
                Statement statement = other.createStatement();
                ExecutorService units = Executors.newVirtualThreadPerTaskExecutor()) {
            statement.execute("select pg_advisory_lock(hashtext('stored_patches'), hashtext(''))");
            Future<Boolean> put =
                    units.submit(() -> Patches.put(store, NAME, BYTES).created());
            String waiting = "select count(*) from pg_locks where not granted and locktype = 'advisory'"
                    + " and database = (select oid from pg_database where datname = current_database())";
            await("the put waits").until(() -> database.psql(waiting).equals("1"));
            StoreSchema.ensureExists(other);
            other.setAutoCommit(false);
            // The lock that a concurrent put holds on the table while it may wait for the lock on a name.
            statement.execute("lock table stored_patch_chunks in row exclusive mode");
            statement.execute("select pg_advisory_unlock(hashtext('stored_patches'), hashtext(''))");

            assertThat(put.get(10, TimeUnit.SECONDS)).isTrue();

            other.rollback();
        }
    }

    @Test
    void idleReaderHoldsNoConnection() throws Exception {
        try (PooledDatabase oneConnection = PooledDatabase.of(database.dsn(), spool, 1, Duration.ofSeconds(5));
                PatchStore store = oneConnection.open()) {
            Patches.put(store, NAME, BYTES);
            try (PatchContent content = store.open(NAME).orElseThrow();
                    InputStream slow = content.read(0, BYTES.length);
                    InputStream other = content.read(0, BYTES.length)) {
                slow.skipNBytes(1);
                assertThat(other.readAllBytes()).isEqualTo(BYTES);
                Patches.put(store, Patches.name(1), BYTES);

                assertThat(slow.readAllBytes()).hasSize(BYTES.length - 1);
            }
        }
    }

    @Test
    void patchWhoseIdWasReusedIsNotFound() throws IOException {
        Patches.put(store, NAME, BYTES);

        // As after the promotion of a follower that lagged behind: it may reuse ids that the lost primary had given.
        try (PatchContent content = store.open(NAME).orElseThrow();
                InputStream begun = content.read(0, BYTES.length)) {
            database.psql("update stored_patches set sha256 = sha256('other')");

            assertThatThrownBy(begun::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasCauseInstanceOf(StoreException.NotFound.class);
            assertThatThrownBy(() -> content.read(0, 1)).isInstanceOf(StoreException.NotFound.class);
        }
    }

    @Test
    void missingChunksAreCorruptAndNotNotFound() throws IOException {
        Patches.put(store, NAME, BYTES);
        database.psql("delete from stored_patch_chunks where number = 5");

        assertThatThrownBy(() -> store.verify(NAME)).isInstanceOf(StoreException.Corrupt.class);
        try (PatchContent content = store.open(NAME).orElseThrow();
                InputStream bytes = content.read(0, BYTES.length)) {
            assertThatThrownBy(bytes::readAllBytes)
                    .hasCauseInstanceOf(StoreException.Corrupt.class)
                    .hasMessageContainingAll(NAME.fileName(), "delete it and upload it again");
        }
    }

    @Test
    void shortChunkIsCorrupt() throws IOException {
        Patches.put(store, NAME, BYTES);
        database.psql("update stored_patch_chunks set bytes = substring(bytes from 1 for 1000) where number = 1");

        try (PatchContent content = store.open(NAME).orElseThrow()) {
            assertThatThrownBy(() -> content.read(300_000, 1)).isInstanceOf(StoreException.Corrupt.class);
        }
    }

    @Test
    void listReadsAllPages() {
        Patches.put(store, NAME, new byte[0]);
        database.psql("insert into stored_patches (filename, sha256, size, chunk_size)"
                + " select replace(filename, '107.100000', '107.' || n), sha256, 0, chunk_size"
                + " from stored_patches, generate_series(100001, 102500) n");

        try (Stream<PatchName> names = store.list()) {
            assertThat(names.count()).isEqualTo(2501);
        }
        try (Stream<PatchName> names = store.list()) {
            assertThat(names).isSortedAccordingTo((a, b) -> a.fileName().compareTo(b.fileName()));
        }
    }

    @Test
    void patchIsReadWithTheChunkSizeItWasStoredWith() {
        try (PatchStore before = PostgresPatchStore.open(pool.config(), new Chunking(1000, 5000))) {
            Patches.put(before, NAME, BYTES);
        }

        assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
        assertThat(store.verify(NAME).size()).isEqualTo(BYTES.length);
    }

    @Test
    void missingPrivilegesAreNamed() {
        String user = "u_" + database.name();
        database.psql("create role " + user + " login password 'hunter2'");
        String dsn = database.dsn().replaceFirst("//.*@", "//" + user + ":hunter2@");
        try (PooledDatabase unprivileged = PooledDatabase.of(dsn, spool, 2, Duration.ofMinutes(1));
                PatchStore store = unprivileged.open()) {
            assertThat(store.open(NAME)).as("an empty store").isEmpty();
            assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(
                            NAME.fileName(),
                            PooledDatabase.ADDRESS,
                            "permission denied",
                            "CREATE on the schema",
                            "stored_patches")
                    .hasMessageNotContaining("hunter2");

            Patches.put(this.store, Patches.name(1), BYTES);
            assertThatThrownBy(() -> store.open(NAME))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("SELECT, INSERT and DELETE");
            database.psql("grant select, insert, delete on stored_patches, stored_patch_chunks to " + user);
            assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
            assertThat(store.delete(NAME)).isTrue();
        }
    }

    @Test
    void fullDiskIsReportedAndLeavesNothing() {
        Patches.put(store, Patches.name(1), new byte[0]);
        database.when(
                "trigger full_disk before insert",
                "stored_patch_chunks",
                "if new.number = 3 then raise 'could not extend file' using errcode = 'disk_full'; end if;");

        assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                .isInstanceOf(StoreException.Full.class)
                .hasMessageContainingAll(
                        NAME.fileName(), PooledDatabase.ADDRESS, "could not extend file", "free some room");

        assertThat(database.psql(
                        "select count(*) from stored_patches join stored_patch_chunks using (stored_patch_id)"))
                .isEqualTo("0");
        database.removeTrigger();
        assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
    }

    @Test
    void readOnlyDatabaseServesReadsAndExplainsFailedPuts() {
        Patches.put(store, NAME, BYTES);
        database.psql("alter database " + database.name() + " set default_transaction_read_only = on");

        try (PooledDatabase standby = database.pool(spool);
                PatchStore store = standby.open()) {
            assertThat(Patches.read(store, NAME)).isEqualTo(BYTES);
            assertThatThrownBy(() -> Patches.put(store, Patches.name(1), BYTES))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("standby");
        }
    }

    @Test
    void putLimitsItsWaitForALockAndItsIdleTime() {
        Patches.put(store, NAME, BYTES);
        database.when(
                "trigger settings before insert",
                "stored_patches",
                "raise 'for a lock % while idle %', current_setting('lock_timeout'),"
                        + " current_setting('idle_in_transaction_session_timeout');");

        assertThatThrownBy(() -> Patches.put(store, Patches.name(1), BYTES))
                .hasMessageContaining("for a lock 20s while idle 1min");
        assertThat(database.psql("show lock_timeout")).isEqualTo("0");
    }

    @Test
    void deleteRemovesAllRows() {
        Patches.put(store, NAME, BYTES);

        store.delete(NAME);

        assertThat(database.psql(
                        "select (select count(*) from stored_patches) + (select count(*) from stored_patch_chunks)"))
                .isEqualTo("0");
    }
}
