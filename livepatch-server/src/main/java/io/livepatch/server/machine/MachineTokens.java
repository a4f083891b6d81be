package io.livepatch.server.machine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.database.HotQuery;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Sha256;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Authenticates machines by their tokens, of which only SHA-256 is stored. A cache answers for tokens that were used lately, also while
 * the database is unavailable. The listener of the database's notifications calls {@link #invalidate(String)} for a token that ended: the
 * token is refused as soon as that call returns, even if a database read that started before finds the old row. Thread-safe.
 */
public final class MachineTokens implements MachineAuthentication {
    private static final Logger LOG = LoggerFactory.getLogger(MachineTokens.class);
    private static final int MAX_CACHED = 200_000;
    private static final Duration TTL = Duration.ofMinutes(10);

    /** @param generation of the cache when the machine was read */
    private record CachedMachine(Machine machine, long generation) {}

    /** The counters before a statement: its result may be cached only if no token was invalidated since. */
    record CacheState(long generation, long invalidations) {}

    private final TokenDao dao;
    private final Metrics metrics;
    private final TokenLoader reads = new TokenLoader(this::read);
    private final Cache<Sha256, CachedMachine> cache;
    private final AtomicLong invalidations = new AtomicLong();
    private final AtomicLong generation = new AtomicLong();
    private final Map<String, TierName> tiers = new ConcurrentHashMap<>();

    public MachineTokens(Database database, Metrics metrics) {
        this(TokenDao.on(database), metrics, Ticker.systemTicker());
    }

    MachineTokens(TokenDao dao, Metrics metrics, Ticker ticker) {
        this.dao = dao;
        this.metrics = metrics;
        this.cache = Caffeine.newBuilder()
                .maximumSize(MAX_CACHED)
                .expireAfterWrite(TTL)
                .ticker(ticker)
                .build();
    }

    static ProblemException unknown() {
        return new ProblemException.Unauthorized(
                "the machine token is not valid, or no longer; enrol the machine to get one");
    }

    @Override
    public void authenticate(Exchange exchange, Consumer<Machine> then) {
        Sha256 token;
        try {
            token = hash(exchange.header(HttpHeader.AUTHORIZATION));
        } catch (ProblemException e) {
            exchange.refused(Refusal.MACHINE_TOKEN);
            exchange.fail(e);
            return;
        }
        Machine machine = cached(token);
        if (machine == null) {
            reads.read(token, exchange, then);
        } else {
            exchange.answerFailures(() -> then.accept(machine));
        }
    }

    /**
     * The machine of the token in this header. May wait for the database.
     *
     * @throws ProblemException.Unauthorized if there is no valid token
     */
    Machine authenticate(Optional<String> authorization) {
        Sha256 token = hash(authorization);
        Machine machine = cached(token);
        if (machine == null) {
            machine = read(List.of(token)).get(token);
        }
        if (machine == null) {
            metrics.refused(Refusal.MACHINE_TOKEN);
            throw unknown();
        }
        return machine;
    }

    private static Sha256 hash(Optional<String> authorization) {
        BearerToken token = BearerToken.of(authorization);
        if (!MachineToken.isWellFormed(token.text())) {
            throw unknown();
        }
        return token.hash();
    }

    private @Nullable Machine cached(Sha256 token) {
        CachedMachine found = cache.getIfPresent(token);
        return found != null && found.generation == generation.get() ? found.machine : null;
    }

    private Map<Sha256, Machine> read(Collection<Sha256> tokens) {
        CacheState before = state();
        List<String> hashes = tokens.stream().map(Sha256::hex).distinct().toList();
        Map<Sha256, Machine> found = new HashMap<>();
        for (TokenDao.TokenRow row : metrics.query("findByTokens", () -> dao.findByTokens(hashes))) {
            Machine machine = machine(row);
            found.put(machine.token(), machine);
            cache(machine, before);
        }
        return found;
    }

    private Machine machine(TokenDao.TokenRow row) {
        return new Machine(new MachineId(row.machineId()), tier(row.tier()), new Sha256(row.tokenHash()));
    }

    /** Shares one object among all machines of a tier. */
    private TierName tier(String name) {
        return tiers.computeIfAbsent(name, TierName::new);
    }

    /** Call it before the statement whose result is to be cached. */
    CacheState state() {
        return new CacheState(generation.get(), invalidations.get());
    }

    /** Caches a machine that was enrolled by a committed statement, which started after {@code before} was read. */
    void cache(MachineId id, String tier, Sha256 token, CacheState before) {
        cache(new Machine(id, tier(tier), token), before);
    }

    /**
     * Caches a machine, unless a token was invalidated since the read began: the read may have found the old row of that token. {@code
     * compute} holds the entry's lock while it compares the counter. {@link #invalidate(Sha256)} increments the counter before it removes
     * the entry, so either the comparison sees the increment, or the removal waits and removes this entry.
     */
    private void cache(Machine machine, CacheState before) {
        CachedMachine found = new CachedMachine(machine, before.generation);
        cache.asMap().compute(machine.token(), (_, _) -> invalidations.get() == before.invalidations ? found : null);
    }

    @Override
    public void invalidate(Machine machine) {
        invalidate(machine.token());
    }

    /**
     * Removes the token of this hash from the cache.
     *
     * @param hashHex from a notification; anything but 64 hexadecimal digits is logged and ignored
     */
    public void invalidate(String hashHex) {
        try {
            invalidate(new Sha256(hashHex));
        } catch (InvalidNameException e) {
            LOG.warn("ignored a notification of an ended machine token: {}", e.getMessage());
        }
    }

    private void invalidate(Sha256 token) {
        invalidations.incrementAndGet();
        cache.invalidate(token);
    }

    /** Subscribes to tokens that ended, and clears the cache at each reconnect, since a notification may have been missed. */
    public void subscribe(DatabaseEvents events) {
        events.subscribe("livepatch_machine_tokens", this::invalidate);
        events.onReconnect(this::invalidateAll);
    }

    /** Clears the cache, for when notifications may have been missed. */
    public void invalidateAll() {
        // Entries that a concurrent read adds have the old generation and are ignored.
        generation.incrementAndGet();
        cache.invalidateAll();
    }

    /** Reads the machines of tokens from table {@code machines}. */
    @FunctionalInterface
    interface TokenDao {

        record TokenRow(String machineId, String tier, String tokenHash) {}

        /** The valid ones of these tokens. */
        List<TokenRow> findByTokens(List<String> tokenHashes);

        static TokenDao on(Database database) {
            HotQuery<List<String>, TokenRow> query = database.hot(
                    """
                    select m.machine_id, t.name as tier, encode(m.token_hash, 'hex') as token_hash
                    from machines m join tiers t using (tier_id)
                    where m.token_hash = any (array(select decode(hash, 'hex') from unnest(?::text[]) hash))
                    """,
                    (statement, hashes) -> statement.setArray(
                            1,
                            statement.getConnection().createArrayOf("text", hashes.toArray(new @Nullable String[0]))),
                    row -> new TokenRow(row.getString(1), row.getString(2), row.getString(3)));
            return query::run;
        }
    }
}
