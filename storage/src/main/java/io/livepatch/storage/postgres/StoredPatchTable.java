package io.livepatch.storage.postgres;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The statements on the table {@code stored_patches}. */
final class StoredPatchTable {
    private StoredPatchTable() {}

    static Optional<StoredPatch> find(Connection connection, PatchName name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select stored_patch_id, sha256, size, chunk_size from stored_patches where filename = ?")) {
            select.setString(1, name.fileName());
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                Patch patch = new Patch(name, row.getLong("size"), Sha256.from(row.getBytes("sha256")));
                return Optional.of(new StoredPatch(row.getLong("stored_patch_id"), patch, row.getInt("chunk_size")));
            }
        }
    }

    static StoredPatch insert(Connection connection, Patch patch, int chunkSize) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into stored_patches (filename, sha256, size, chunk_size) values (?, ?, ?, ?)
                returning stored_patch_id
                """)) {
            insert.setString(1, patch.name().fileName());
            insert.setBytes(2, patch.sha256().bytes());
            insert.setLong(3, patch.size());
            insert.setInt(4, chunkSize);
            try (ResultSet row = insert.executeQuery()) {
                row.next();
                return new StoredPatch(row.getLong(1), patch, chunkSize);
            }
        }
    }

    /** Whether the row still exists unchanged: after a failover its id may belong to another patch. */
    static boolean exists(Connection connection, StoredPatch stored) throws SQLException {
        return find(connection, stored.patch().name()).filter(stored::equals).isPresent();
    }

    static boolean delete(Connection connection, PatchName name) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("delete from stored_patches where filename = ?")) {
            delete.setString(1, name.fileName());
            return delete.executeUpdate() > 0;
        }
    }

    /** The file names that follow this one in order, at most {@code limit}. */
    static List<String> namesAfter(Connection connection, String fileName, int limit) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select filename from stored_patches where filename > ? order by filename limit ?")) {
            select.setString(1, fileName);
            select.setInt(2, limit);
            try (ResultSet rows = select.executeQuery()) {
                List<String> names = new ArrayList<>();
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
                return names;
            }
        }
    }
}
