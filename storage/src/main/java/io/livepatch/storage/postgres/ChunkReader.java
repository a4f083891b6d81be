package io.livepatch.storage.postgres;

import io.livepatch.common.file.Digests;
import io.livepatch.storage.Patch;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGStatement;

/**
 * Reads the chunks of patches, several with each query. Thread-safe.
 *
 * @param readAhead how many bytes a query fetches, in whole chunks, but at least one chunk
 */
record ChunkReader(ConnectionRetry connectionRetry, int readAhead) {
    /*
     * The digest is part of the key. When a follower is promoted that had not received all of the lost primary's transactions, it may
     * give a new patch an id that the primary had given to another.
     */
    private static final String SELECT = """
            select bytes from stored_patch_chunks join stored_patches using (stored_patch_id)
             where stored_patch_id = ? and sha256 = ? and number between ? and ? order by number
            """;

    // pgjdbc transfers the first five results of a statement as hexadecimal text, which takes three times the memory
    // and runs at a third of the speed. This threshold makes it transfer binary from the first result on.
    private static final int BINARY_TRANSFER = -1;

    /**
     * Reads chunks from the first on, as many as {@code readAhead} allows, and not beyond the last.
     *
     * @throws StoreException.NotFound if the patch was deleted
     * @throws StoreException.Corrupt if chunks of it are missing or have the wrong length
     */
    List<byte[]> read(StoredPatch stored, int first, int last) {
        int until = (int) Math.min(last, (long) first + perQuery(stored) - 1);
        List<byte[]> chunks = query("reading", stored, first, until);
        if (!isComplete(stored, first, until, chunks)) {
            verify(stored);
            throw new StoreException.Unavailable(
                    "patch '" + stored.patch().name() + "' in '"
                            + connectionRetry.address().get() + "' was changed while it was read; try again",
                    null);
        }
        return chunks;
    }

    /**
     * Reads and hashes the whole patch.
     *
     * @throws StoreException.NotFound if the patch was deleted
     * @throws StoreException.Corrupt if it hashes to something else
     */
    void verify(StoredPatch stored) {
        MessageDigest digest = Digests.sha256();
        int perQuery = perQuery(stored);
        for (int first = 0; first < stored.chunks(); first += perQuery) {
            query("verifying", stored, first, first + perQuery - 1).forEach(digest::update);
        }
        Patch patch = stored.patch();
        Sha256 actual = Sha256.from(digest.digest());
        if (!actual.equals(patch.sha256())) {
            String where = "patch store '" + connectionRetry.address().get() + "'";
            boolean exists = connectionRetry.query(
                    "verifying patch '" + patch.name() + "'",
                    false,
                    connection -> StoredPatchTable.exists(connection, stored));
            throw exists
                    ? new StoreException.Corrupt(patch.name(), patch.sha256(), actual, where)
                    : new StoreException.NotFound(patch.name(), where);
        }
    }

    private int perQuery(StoredPatch stored) {
        return Math.max(1, readAhead / stored.chunkSize());
    }

    private static boolean isComplete(StoredPatch stored, int first, int last, List<byte[]> chunks) {
        if (chunks.size() != last - first + 1) {
            return false;
        }
        for (int i = 0; i < chunks.size(); i++) {
            if (chunks.get(i).length != stored.lengthOf(first + i)) {
                return false;
            }
        }
        return true;
    }

    private List<byte[]> query(String operation, StoredPatch stored, int first, int last) {
        return connectionRetry.query(
                operation + " patch '" + stored.patch().name() + "'",
                List.of(),
                connection -> select(connection, stored, first, last));
    }

    private static List<byte[]> select(Connection connection, StoredPatch stored, int first, int last)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT)) {
            select.unwrap(PGStatement.class).setPrepareThreshold(BINARY_TRANSFER);
            select.setLong(1, stored.id());
            select.setBytes(2, stored.patch().sha256().bytes());
            select.setInt(3, first);
            select.setInt(4, last);
            try (ResultSet rows = select.executeQuery()) {
                List<byte[]> chunks = new ArrayList<>();
                while (rows.next()) {
                    chunks.add(rows.getBytes(1));
                }
                return chunks;
            }
        }
    }
}
