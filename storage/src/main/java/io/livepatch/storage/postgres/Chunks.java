package io.livepatch.storage.postgres;

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
 * Reads the chunks of patches, some at a time.
 *
 * @param ahead how many bytes at a time
 */
record Chunks(ConnectionRetry connections, int ahead) {
    /*
     * The digest belongs to the key: a primary that was lost before its follower had everything may have given the same number to
     * another patch than the new one does.
     */
    private static final String SELECT = """
            select bytes from stored_patch_chunks join stored_patches using (stored_patch_id)
             where stored_patch_id = ? and sha256 = ? and number between ? and ? order by number
            """;

    // Otherwise the first five reads of each connection come as hexadecimal text: three times the memory, a third of
    // the speed.
    private static final int BINARY_AT_ONCE = -1;

    /**
     * Some chunks from the first on, as many as are read ahead, and not beyond the last.
     *
     * @throws StoreException.NotFound if the patch is gone
     * @throws StoreException.Corrupt if it is there, and chunks of it are not
     */
    List<byte[]> read(StoredPatch stored, int first, int last) {
        int until = (int) Math.min(last, (long) first + perQuery(stored) - 1);
        List<byte[]> chunks = query("reading", stored, first, until);
        if (!whole(stored, first, until, chunks)) {
            verify(stored);
            throw new StoreException.Unavailable(
                    "patch '" + stored.patch().name() + "' in '" + connections.place()
                            + "' was changed while it was read; try again",
                    null);
        }
        return chunks;
    }

    /**
     * Reads and hashes all of it.
     *
     * @throws StoreException.NotFound if the patch is gone
     * @throws StoreException.Corrupt if it hashes to something else
     */
    void verify(StoredPatch stored) {
        MessageDigest digest = Sha256.digest();
        int perQuery = perQuery(stored);
        for (int first = 0; first < stored.chunks(); first += perQuery) {
            query("verifying", stored, first, first + perQuery - 1).forEach(digest::update);
        }
        Patch patch = stored.patch();
        Sha256 actual = Sha256.from(digest.digest());
        if (!actual.equals(patch.sha256())) {
            String where = "patch store '" + connections.place() + "'";
            boolean there = connections.query(
                    "verifying patch '" + patch.name() + "'", false, connection -> StoredPatchTable.present(connection, stored));
            throw there
                    ? new StoreException.Corrupt(patch.name(), patch.sha256(), actual, where)
                    : new StoreException.NotFound(patch.name(), where);
        }
    }

    private int perQuery(StoredPatch stored) {
        return Math.max(1, ahead / stored.chunkSize());
    }

    private static boolean whole(StoredPatch stored, int first, int last, List<byte[]> chunks) {
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

    private List<byte[]> query(String doing, StoredPatch stored, int first, int last) {
        return connections.query(
                doing + " patch '" + stored.patch().name() + "'",
                List.of(),
                connection -> select(connection, stored, first, last));
    }

    private static List<byte[]> select(Connection connection, StoredPatch stored, int first, int last)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT)) {
            select.unwrap(PGStatement.class).setPrepareThreshold(BINARY_AT_ONCE);
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
