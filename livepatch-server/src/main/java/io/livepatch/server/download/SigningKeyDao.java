package io.livepatch.server.download;

import java.time.Instant;
import java.util.List;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transaction;

/** Table {@code signing_keys}. */
interface SigningKeyDao {

    /** All keys, the newest first. */
    @SqlQuery("select secret from signing_keys order by key_id desc")
    List<byte[]> secrets();

    /** Lets one unit at a time look whether there is a key and make one; who only reads does not wait. */
    @SqlUpdate("lock table signing_keys in share row exclusive mode")
    void lock();

    @SqlUpdate("insert into signing_keys (secret, created_at) values (:secret, :createdAt)")
    void insert(byte[] secret, Instant createdAt);

    /** All keys, the newest first, after making this the first one if there was none. */
    @Transaction
    default List<byte[]> secretsOrFirst(byte[] secret, Instant createdAt) {
        lock();
        if (secrets().isEmpty()) {
            insert(secret, createdAt);
        }
        return secrets();
    }
}
