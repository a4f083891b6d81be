package io.livepatch.storage.postgres;

import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStoreContract;
import io.livepatch.storage.postgres.PostgresPatchStore.Chunking;
import io.livepatch.testing.PostgresServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract with small chunks, so that patches have many, in a database with another default isolation level. */
final class PostgresPatchStoreIT extends PatchStoreContract {
    private static final Chunking SMALL = new Chunking(65_521, 200_000);

    private static TestDatabase database;
    private static PooledDatabase pool;

    @BeforeAll
    static void createDatabase(@TempDir Path spool) {
        database = TestDatabase.on(PostgresServer.shared());
        database.psql("alter database " + database.name() + " set default_transaction_isolation = 'repeatable read'");
        pool = database.pool(spool);
    }

    @AfterAll
    static void closePool() {
        pool.close();
    }

    @Override
    protected PatchStore openEmpty() {
        database.psql("drop table if exists stored_patch_chunks, stored_patches");
        return reopen();
    }

    @Override
    protected PatchStore reopen() {
        return PostgresPatchStore.open(pool.config(), SMALL);
    }

    @Override
    protected void damage(PatchName name) {
        database.psql(
                "update stored_patch_chunks set bytes = set_byte(bytes, 7, get_byte(bytes, 7) # 1) where number = 1");
    }

    @Override
    protected Traits traits() {
        return new Traits(true, false, false, false);
    }
}
