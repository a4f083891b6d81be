package io.livepatch.server.store;

import io.livepatch.server.catalog.CatalogLock;
import io.livepatch.server.catalog.StorePlace;
import io.livepatch.storage.StoreType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;
import org.jspecify.annotations.Nullable;

/** Table {@code patch_store}. */
interface StoreDao extends CatalogLock, Transactional<StoreDao> {

    /** The row. */
    record Row(
            String type,
            @Nullable String movedFrom,
            @Nullable String unit,
            Instant since) {

        /** Where it says that patches are. */
        StorePlace place() {
            StoreType known = StoreType.parse(type)
                    .orElseThrow(() -> new IllegalStateException("the database names store '" + type
                            + "', which this program does not know; it is older than the one that wrote it"));
            return new StorePlace(known, Optional.ofNullable(unit));
        }
    }

    /** A patch that the catalog has. */
    record Listed(String filename, String sha256, long size) {}

    @SqlQuery("select type, moved_from, unit, since from patch_store")
    @RegisterConstructorMapper(Row.class)
    Optional<Row> find();

    @SqlQuery("select count(*) from patches")
    long patches();

    /** Sets the row. */
    @SqlUpdate("""
            insert into patch_store (type, moved_from, unit, since) values (:type, :movedFrom, :unit, now())
            on conflict (singleton) do update
            set type = excluded.type, moved_from = excluded.moved_from, unit = excluded.unit, since = excluded.since
            """)
    void set(String type, @Nullable String movedFrom, @Nullable String unit);

    /** Says on whose disk they are; answers 0 if they are on none. */
    @SqlUpdate("update patch_store set unit = :unit where type = 'filesystem'")
    int own(String unit);

    @SqlQuery("select filename, encode(sha256, 'hex') as sha256, size from patches order by filename")
    @RegisterConstructorMapper(Listed.class)
    List<Listed> listed();
}
