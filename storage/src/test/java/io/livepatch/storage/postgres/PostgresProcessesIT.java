package io.livepatch.storage.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.testing.ChildJvm;
import io.livepatch.testing.PostgresServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A storing process with a small heap, and one that is killed. */
final class PostgresProcessesIT {
    private final TestDatabase database = TestDatabase.on(PostgresServer.shared());

    @TempDir
    private Path spool;

    @Test
    void patchTwiceTheHeapIsStoredAndRead() throws Exception {
        long size = 96L << 20;
        String sha256 = Patches.sha256(size, 1).hex();

        try (ChildJvm child = ChildJvm.start(
                PostgresProcess.class,
                List.of(),
                List.of("-Xmx48m", "-XX:MaxDirectMemorySize=8m", "-XX:TieredStopAtLevel=4"),
                database.dsn(),
                spool,
                size,
                sha256)) {
            assertThat(child.rest()).containsExactly("stored " + size, "read " + sha256, "verified " + sha256);
        }
    }

    @Test
    void killedProcessLeavesNothing() throws Exception {
        int size = 8 << 20;
        try (PooledDatabase pool = database.pool(spool);
                PatchStore store = pool.open()) {
            Patches.put(store, Patches.name(1), new byte[0]);
            database.when(
                    "trigger held before insert",
                    "stored_patch_chunks",
                    "if new.number = 30 then " + TestDatabase.waitForRelease() + " end if;");
            try (HeldLock hold = database.hold();
                    ChildJvm child = ChildJvm.start(
                            PostgresProcess.class, database.dsn(), spool, size, Patches.sha256(size, 1))) {
                hold.awaitReached();
                child.kill();
            }

            assertThat(spool).isEmptyDirectory();
            await().until(
                            () -> database.psql("select count(*) from pg_stat_activity where state like '%transaction%'"
                                    + " and datname = current_database()"),
                            "0"::equals);
            assertThat(database.psql("select (select count(*) from stored_patches), count(*) from stored_patch_chunks"))
                    .isEqualTo("1|0");
            database.psql("vacuum stored_patch_chunks");
            assertThat(Long.parseLong(database.psql("select pg_total_relation_size('stored_patch_chunks')")))
                    .as("bytes on the database's disk")
                    .isLessThan(size / 8);
            assertThat(Patches.put(store, Patches.name(0), Patches.bytes(size, 1))
                            .created())
                    .isTrue();
        }
    }
}
