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

/** Brings a spooled patch into the tables. */
record Upload(Spool spool, Path directory, int chunkSize) {

    /** Within one transaction, which may be tried again. */
    PutResult run(Connection connection) throws SQLException {
        Patch patch = spool.patch();
        Tables.ensure(connection);
        // Whoever stores the same name waits here, and then sees the winner.
        Tables.lock(connection, patch.name().fileName());
        Optional<StoredPatch> there = StoredPatchTable.find(connection, patch.name());
        if (there.isPresent()) {
            return again(there.get().patch(), patch);
        }
        StoredPatch stored = StoredPatchTable.insert(connection, patch, chunkSize);
        try (InputStream bytes = spool.read(0, patch.size())) {
            insertChunks(connection, stored, bytes);
        } catch (IOException e) {
            throw Disk.failure("reading the spool of patch '" + patch.name() + "'", directory, e);
        }
        return new PutResult(patch, true);
    }

    private static PutResult again(Patch there, Patch offered) {
        if (!there.sha256().equals(offered.sha256())) {
            throw new StoreException.Conflict(offered.name(), there.sha256(), offered.sha256());
        }
        return new PutResult(offered, false);
    }

    /** One by one: the driver holds a whole batch in memory, and saves a round trip to the next room by it. */
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
