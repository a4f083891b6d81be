package io.livepatch.server.machine;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.HotQuery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Table {@code machines}, asked whose tokens these are. */
@FunctionalInterface
interface TokenDao {

    /** Whose token it is. */
    record TokenRow(String machineId, String tier, String tokenHash) {}

    /** Of these tokens, those that are valid. One read for all who wait for one. */
    List<TokenRow> findByTokens(List<String> tokenHashes);

    /** On this database. */
    static TokenDao on(Database database) {
        HotQuery<List<String>, TokenRow> query = database.hot(
                """
                select m.machine_id, t.name as tier, encode(m.token_hash, 'hex') as token_hash
                from machines m join tiers t using (tier_id)
                where m.token_hash = any (array(select decode(hash, 'hex') from unnest(?::text[]) hash))
                """,
                (statement, hashes) -> statement.setArray(
                        1, statement.getConnection().createArrayOf("text", hashes.toArray(new @Nullable String[0]))),
                row -> new TokenRow(row.getString(1), row.getString(2), row.getString(3)));
        return query::run;
    }
}
