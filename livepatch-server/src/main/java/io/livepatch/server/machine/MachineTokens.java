package io.livepatch.server.machine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.server.database.HotQuery;
import io.livepatch.server.http.Exchange;
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
 * Finds machines by their tokens, of which only SHA-256 is kept. Tokens that were used lately are cached, so that they are known while
 * the database is away. The reader of the database's notifications calls {@link #forget} for a token that ended: the token is refused
 * from the moment that call returns, also if a database read that began before it finds the old row. Thread-safe.
 */
public final class MachineTokens implements MachineAuthentication {
    private static final Logger LOG = LoggerFactory.getLogger(MachineTokens.class);
    private static final int REMEMBERED_AT_MOST = 200_000;
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    /** A machine, and the era that it was read in. */
    private record Known(Machine machine, long era) {}

    /** The counters before a statement: its result may be cached only if no token was forgotten since. */
    record Moment(long era, long forgotten) {}

    private final TokenDao dao;
    private final QueryTimer meter;
    private final TokenLoader reads = new TokenLoader(this::read);
    private final Cache<Sha256, Known> known;
    private final AtomicLong forgotten = new AtomicLong();
    private final AtomicLong era = new AtomicLong();
    private final Map<String, TierName> tiers = new ConcurrentHashMap<>();

    public MachineTokens(Database database, Metrics metrics) {
        this(TokenDao.on(database), metrics, Ticker.systemTicker());
    }

    MachineTokens(TokenDao dao, Metrics metrics, Ticker ticker) {
        this.dao = dao;
        this.meter = new QueryTimer(metrics);
        this.known = Caffeine.newBuilder()
                .maximumSize(REMEMBERED_AT_MOST)
                .expireAfterWrite(REMEMBERED)
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
        Machine machine = remembered(token);
        if (machine == null) {
            reads.read(token, exchange, then);
        } else {
            TokenLoader.pass(machine, exchange, then);
        }
    }

    /**
     * The machine of the token in this header. Waits for the database if it has to.
     *
     * @throws ProblemException.Unauthorized if it is no machine's
     */
    Machine authenticate(Optional<String> authorization) {
        Sha256 token = hash(authorization);
        Machine machine = remembered(token);
        if (machine == null) {
            machine = read(List.of(token)).get(token);
        }
        if (machine == null) {
            meter.metrics().refused(Refusal.MACHINE_TOKEN);
            throw unknown();
        }
        return machine;
    }

    private static Sha256 hash(Optional<String> authorization) {
        BearerToken token = BearerToken.of(authorization);
        if (!MachineToken.looksLikeOne(token.text())) {
            throw unknown();
        }
        return token.hash();
    }

    private @Nullable Machine remembered(Sha256 token) {
        Known found = known.getIfPresent(token);
        return found != null && found.era == era.get() ? found.machine : null;
    }

    private Map<Sha256, Machine> read(Collection<Sha256> tokens) {
        Moment before = moment();
        List<String> hashes = tokens.stream().map(Sha256::hex).distinct().toList();
        Map<Sha256, Machine> found = new HashMap<>();
        for (TokenDao.TokenRow row : meter.measure("findByTokens", () -> dao.findByTokens(hashes))) {
            Machine machine = machine(row);
            found.put(machine.token(), machine);
            remember(machine, before);
        }
        return found;
    }

    private Machine machine(TokenDao.TokenRow row) {
        return new Machine(new MachineId(row.machineId()), tier(row.tier()), new Sha256(row.tokenHash()));
    }

    /** One object for each tier, not for each machine. */
    private TierName tier(String name) {
        return tiers.computeIfAbsent(name, TierName::new);
    }

    /** To be taken before the statement whose outcome is to be remembered. */
    Moment moment() {
        return new Moment(era.get(), forgotten.get());
    }

    /** Remembers a machine that was enrolled by a statement which began after this moment, and is committed. */
    void remember(MachineId id, String tier, Sha256 token, Moment before) {
        remember(new Machine(id, tier(tier), token), before);
    }

    /**
     * Caches a machine, unless a token was forgotten since the read began: the read may have found the old row of that token. {@code
     * compute} holds the entry's lock while it compares the counter, so {@link #forget(Sha256)}, which counts first and removes the
     * entry after, either is seen by the comparison or removes this entry.
     */
    private void remember(Machine machine, Moment before) {
        Known found = new Known(machine, before.era);
        known.asMap().compute(machine.token(), (_, _) -> forgotten.get() == before.forgotten ? found : null);
    }

    @Override
    public void forget(Machine machine) {
        forget(machine.token());
    }

    /** Subscribes to tokens that ended. All tokens are forgotten at each reconnect, since a notification may have been missed. */
    public void subscribe(DatabaseEvents events) {
        events.subscribe("livepatch_machine_tokens", this::forget);
        events.onReconnect(this::forgetAll);
    }

    /**
     * Forgets the token of this hash, as a notification names it.
     *
     * @param hashHex 64 hexadecimal digits; anything else is logged and does nothing
     */
    void forget(String hashHex) {
        try {
            forget(new Sha256(hashHex));
        } catch (InvalidNameException e) {
            LOG.warn("could not tell which machine token to forget: {}", e.getMessage());
        }
    }

    private void forget(Sha256 token) {
        forgotten.incrementAndGet();
        known.invalidate(token);
    }

    /** Forgets all, for when notifications may have been missed. */
    void forgetAll() {
        // An entry that a read adds while the cache is being cleared has the era before, and is ignored.
        era.incrementAndGet();
        known.invalidateAll();
    }

    /** How many tokens are remembered, more or less. */
    public long remembered() {
        return known.estimatedSize();
    }

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
                            1,
                            statement.getConnection().createArrayOf("text", hashes.toArray(new @Nullable String[0]))),
                    row -> new TokenRow(row.getString(1), row.getString(2), row.getString(3)));
            return query::run;
        }
    }
}
