package io.livepatch.server.download;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transactional;
import org.jspecify.annotations.Nullable;

/** Table {@code signing_keys}. All times are the database's. */
interface SigningKeyDao extends Transactional<SigningKeyDao> {

    /**
     * A key.
     *
     * @param secret in hexadecimal digits
     * @param signs whether it may sign already
     * @param ageSeconds since it began to sign; negative before
     * @param succeededSeconds since a newer key began to sign; null for the newest
     */
    record Key(
            int keyId,
            String secret,
            boolean signs,
            double ageSeconds,
            @Nullable Double succeededSeconds) {
        @Override
        public String toString() {
            return "Key[" + keyId + "]";
        }
    }

    /** A key without its secret. */
    record Listed(
            int keyId,
            Instant createdAt,
            Instant signsFrom,
            boolean signs,
            @Nullable Instant succeededAt) {}

    /** All keys, the newest first. */
    @SqlQuery("""
            select key_id, encode(secret, 'hex') as secret, signs_from <= now() as signs,
                   extract(epoch from now() - signs_from)::float8 as age_seconds,
                   extract(epoch from now() - lead(signs_from) over (order by key_id))::float8 as succeeded_seconds
            from signing_keys order by key_id desc
            """)
    @RegisterConstructorMapper(Key.class)
    List<Key> keys();

    @SqlQuery("""
            select key_id, created_at, signs_from, signs_from <= now() as signs,
                   lead(signs_from) over (order by key_id) as succeeded_at
            from signing_keys order by key_id desc
            """)
    @RegisterConstructorMapper(Listed.class)
    List<Listed> list();

    /** Serialises units that create a key; readers do not wait. */
    @SqlUpdate("lock table signing_keys in share row exclusive mode")
    void lock();

    /** Creates a key that signs after so many seconds. */
    @SqlUpdate("""
            insert into signing_keys (secret, created_at, signs_from)
            values (:secret, now(), now() + make_interval(secs => :afterSeconds))
            """)
    void insert(byte[] secret, long afterSeconds);

    /**
     * Limits the time until keys sign, after the clock was set back. Returns the number of changed keys.
     */
    @SqlUpdate("""
            update signing_keys set signs_from = now() + make_interval(secs => :seconds), created_at = least(created_at, now())
            where signs_from > now() + make_interval(secs => :seconds)
            """)
    int bringForward(long seconds);

    /** Deletes keys whose successor began to sign more than so many seconds ago. */
    @SqlUpdate("""
            delete from signing_keys k where exists (
              select from signing_keys newer
              where newer.key_id > k.key_id and newer.signs_from < now() - make_interval(secs => :seconds))
            """)
    int deleteSucceeded(long seconds);

    default Optional<Key> newest() {
        return keys().stream().findFirst();
    }
}
