package io.livepatch.server.placement;

import io.livepatch.storage.StoreType;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/** Table {@code patch_store}: one row, the active store. {@link CopyDao#stores} returns it for use in a transaction. */
public interface StoreDao {
    /** The row. */
    record Row(
            String type,
            @Nullable String movedFrom,
            @Nullable String unit,
            Instant since) {
        /** The location that the row names; fails for a type that this program does not know. */
        StoreLocation location() {
            return knownLocation()
                    .orElseThrow(() -> new IllegalStateException("the database names store '" + type
                            + "', which this program does not know; it is older than the one that wrote it"));
        }

        private Optional<StoreLocation> knownLocation() {
            return StoreType.parse(type).map(known -> new StoreLocation(known, Optional.ofNullable(unit)));
        }
    }

    /** Empty before the first unit has chosen a store. */
    @SqlQuery("select type, moved_from, unit, since from patch_store")
    @RegisterConstructorMapper(Row.class)
    Optional<Row> activeStore();

    /** As {@link #activeStore}; empty as well if a newer program chose a type that this one does not know. */
    default Optional<StoreLocation> activeLocation() {
        return activeStore().flatMap(Row::knownLocation);
    }

    @SqlQuery("select not exists (select from patch_store where type <> :store)")
    boolean isActive(String store);

    @SqlUpdate("""
            insert into patch_store (type, moved_from, unit, since) values (:type, :movedFrom, :unit, now())
            on conflict (singleton) do update
            set type = excluded.type, moved_from = excluded.moved_from, unit = excluded.unit, since = excluded.since
            """)
    void setActiveStore(String type, @Nullable String movedFrom, @Nullable String unit);

    /** Records the unit whose disk holds the patches; returns 0 if the active store is not a disk. */
    @SqlUpdate("update patch_store set unit = :unit where type = 'filesystem'")
    int claimDisk(String unit);
}
