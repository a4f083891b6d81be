package io.livepatch.server.store;

import io.livepatch.server.catalog.CatalogLock;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;
import org.jspecify.annotations.Nullable;

/** Table {@code patch_store}. */
interface StoreDao extends CatalogLock, Transactional<StoreDao> {

    /** The row. */
    record Row(String type, @Nullable String movedFrom, Instant since) {}

    @SqlQuery("select type, moved_from, since from patch_store")
    @RegisterConstructorMapper(Row.class)
    Optional<Row> find();

    @SqlQuery("select count(*) from patches")
    long patches();

    /** Sets the row. */
    @SqlUpdate("""
            insert into patch_store (type, moved_from, since) values (:type, :movedFrom, :since)
            on conflict (singleton) do update
            set type = excluded.type, moved_from = excluded.moved_from, since = excluded.since
            """)
    void set(String type, @Nullable String movedFrom, Instant since);
}
