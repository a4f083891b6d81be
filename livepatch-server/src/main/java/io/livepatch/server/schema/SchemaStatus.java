package io.livepatch.server.schema;

import java.util.List;
import java.util.Optional;

/**
 * The version of a database.
 *
 * @param version of the newest migration that was applied; empty in an empty database
 * @param pending migrations of this program that are not applied, oldest first, {@code "2 add notes"}
 */
public record SchemaStatus(Optional<String> version, List<String> pending) {
    public SchemaStatus {
        pending = List.copyOf(pending);
    }

    /** Whether a unit of this program may use the database. */
    public boolean current() {
        return pending.isEmpty();
    }

    @Override
    public String toString() {
        return version.map(number -> "schema is at version " + number).orElse("the database has no schema");
    }
}
