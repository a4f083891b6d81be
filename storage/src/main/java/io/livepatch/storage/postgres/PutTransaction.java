package io.livepatch.storage.postgres;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchStore.PutResult;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.Disk;
import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Inserts a spooled patch into the tables.
 *
 * @param directory of the spool, for messages
 * @param chunkSize in bytes
 */
record PutTransaction(Spool spool, Path directory, int chunkSize) {

    /** Runs within a transaction of the caller; may be repeated in another one. */
    PutResult run(Connection connection) throws SQLException {
        Patch patch = spool.patch();
        StoreSchema.ensureExists(connection);
        // A concurrent put of the same name waits here, and then finds the patch that was committed first.
        StoreSchema.lock(connection, patch.name().fileName());
        Optional<StoredPatch> existing = StoredPatchTable.find(connection, patch.name());
        if (existing.isPresent()) {
            return alreadyStored(existing.get().patch(), patch);
        }
        StoredPatch stored = StoredPatchTable.insert(connection, patch, chunkSize);
        try (InputStream bytes = spool.read(0, patch.size())) {
            insertChunks(connection, stored, bytes);
        } catch (IOException e) {
            throw Disk.failure("reading the spool of patch '" + patch.name() + "'", directory, e);
        }
        return new PutResult(patch, true);
    }

    private static PutResult alreadyStored(Patch existing, Patch offered) {
        if (!existing.sha256().equals(offered.sha256())) {
            throw new StoreException.Conflict(offered.name(), existing.sha256(), offered.sha256());
        }
        return new PutResult(offered, false);
    }

    /** One statement per chunk: a batch would be held in memory as a whole, and would save only round trips within a data centre. */
    private static void insertChunks(Connection connection, StoredPatch stored, InputStream bytes)
            throws SQLException, IOException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into stored_patch_chunks (stored_patch_id, number, bytes) values (?, ?, ?)")) {
            for (int number = 0; number < stored.chunks(); number++) {
                insert.setLong(1, stored.id());
                insert.setInt(2, number);
                byte[] chunk = new byte[stored.lengthOf(number)];
                bytes.readNBytes(chunk, 0, chunk.length);
                insert.setBytes(3, chunk);
                insert.executeUpdate();
            }
        }
    }
}
