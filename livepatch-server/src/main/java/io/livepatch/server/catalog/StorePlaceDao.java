package io.livepatch.server.catalog;

import io.livepatch.storage.StoreType;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jspecify.annotations.Nullable;

/** Where patches are served from, for whoever has to know it in the same moment as something else. */
public interface StorePlaceDao {

    /** As table {@code patch_store} has it. */
    record Place(String type, @Nullable String unit) {}

    @SqlQuery("select type, unit from patch_store")
    @RegisterConstructorMapper(Place.class)
    Optional<Place> placeRow();

    /** Empty before the first unit has settled it, and if a newer program names a kind that this one does not know. */
    default Optional<StorePlace> place() {
        return placeRow()
                .flatMap(row ->
                        StoreType.parse(row.type()).map(type -> new StorePlace(type, Optional.ofNullable(row.unit()))));
    }
}
