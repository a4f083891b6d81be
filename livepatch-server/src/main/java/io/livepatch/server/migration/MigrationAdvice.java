package io.livepatch.server.migration;

import io.livepatch.server.placement.Progress;
import io.livepatch.storage.StoreType;
import java.util.List;

/** Texts for the operator about a migration. Pure. */
final class MigrationAdvice {
    private MigrationAdvice() {}

    static List<String> moved(StoreType from, StoreType to, long bytes) {
        return List.of(
                "set patch-storage.type to '" + to + "' in the configuration of every unit",
                Progress.size(bytes) + " stay in '" + from + "', so that you can move back; to free them "
                        + removal(from));
    }

    private static String removal(StoreType from) {
        return switch (from) {
            case FILESYSTEM -> "delete what is in the directory of patch-storage.filesystem-path";
            case POSTGRES ->
                "drop the tables stored_patch_chunks and stored_patches in the database of"
                        + " patch-storage.postgres-connection-string";
            case S3 -> "delete the objects under patch-storage.s3-prefix in the bucket of patch-storage.s3-bucket";
        };
    }

    static String otherBytes(StoreType to) {
        return "store '" + to
                + "' has other bytes under this name, which this deployment did not store and which were not"
                + " touched: remove them there, or configure another location for this deployment";
    }

    static String damaged(StoreType from, String reason) {
        return "damaged in '" + from + "' (" + reason
                + "): upload it again with 'livepatch-admin patch add', or remove it with 'livepatch-admin patch remove'";
    }
}
