package io.livepatch.server.checkin;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseFault;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: one thread writes all check-ins that came in while it wrote those before, with one statement. So none waits
 * longer than for two commits and {@link #PACE}, and the busier a unit is the less a check-in costs (one statement each costs three
 * quarters of the throughput). Thread-safe.
 */
public final class CheckIns implements AutoCloseable {
    /** More than a unit lets in at once by default: what limits it first is {@code server.concurrency-limit}. */
    public static final int CAPACITY = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(CheckIns.class);
    private static final int MOST_AT_ONCE = 1000;
    private static final int ATTEMPTS = 3;
    /**
     * From the beginning of a commit to that of the next. Most of what a small batch costs the database is its commit, and all units share
     * one database. A check-in that comes after a pause in writing does not wait.
     */
    private static final Duration PACE = Duration.ofMillis(1);

    /** Between two attempts to write while the database refuses writes: each costs PostgreSQL a line in its log. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    /**
     * How often a refused batch is tried again while the database looks well otherwise. The refusal may then be caused by rows of this
     * batch, and would stop the check-ins of all machines for ever. It doubles, up to {@link #MOST_PATIENCE}, each time that a batch was
     * given up and the next one is refused, too: in that case the rows are not the cause, and the state of the unit must not
     * change every few seconds.
     */
    private static final int PATIENCE = 5;

    private static final int MOST_PATIENCE = 60;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration INTERRUPT_TIMEOUT = Duration.ofSeconds(1);

    private final CheckInDao dao;
    private final Metrics metrics;
    private final BatchQueue<CheckIn> queue;
    private final Thread writer = Thread.ofPlatform().daemon().name("check-ins").unstarted(this::run);
    private final Supplier<Optional<DatabaseFault>> database;
    /** Whether the last batch was not written; for the writer's thread only. */
    private boolean failing;
    /** How often a refused batch is tried again before it is given up; for the writer's thread only. */
    private int patience = PATIENCE;
    /** Why the database refuses all writes since the last attempt; null while it accepts them. */
    private volatile @Nullable DatabaseFault refusal;

    /**
     * Writes nothing yet.
     *
     * @param known the fault of the database that its probe found last, from memory; while there is one, check-ins are refused
     */
    public CheckIns(Database database, Supplier<Optional<DatabaseFault>> known, Metrics metrics) {
        this(CheckInDao.on(database), known, metrics, CAPACITY);
    }

    CheckIns(CheckInDao dao, Supplier<Optional<DatabaseFault>> known, Metrics metrics, int capacity) {
        this.dao = dao;
        this.database = known;
        this.metrics = metrics;
        this.queue = new BatchQueue<>(capacity);
    }

    /** Begins to write. Check-ins that came in before wait until then. */
    public void start() {
        metrics.gauge("check_in_queue_size", "Check-ins that wait to be written.", queue::size);
        writer.start();
    }

    /**
     * Why the database refuses all writes, such as a full disk; empty while it accepts them. Becomes empty by itself when it
     * does again, also when no more check-ins come.
     */
    public Optional<DatabaseFault> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** Answers those that wait to be written with 503, because the database is away. */
    public void refuseWaiting() {
        refuse(queue.takeNow(), CheckIns::refused);
    }

    /**
     * Takes a check-in; its caller hears of it later.
     *
     * @throws ProblemException.Unavailable if there is no room for it, or the database is known to be away or to refuse writes
     */
    void submit(CheckIn checkIn) {
        if (refusal != null || database.get().isPresent()) {
            metrics.checkInRejected();
            throw refused();
        }
        switch (queue.offer(checkIn)) {
            case TAKEN -> {}
            case CLOSED -> throw stopping();
            case FULL -> {
                metrics.checkInRejected();
                throw new ProblemException.Unavailable("more check-ins came in than can be written; try again");
            }
        }
    }

    private void run() {
        try {
            for (List<CheckIn> next = queue.take(MOST_AT_ONCE); !next.isEmpty(); next = queue.take(MOST_AT_ONCE)) {
                long began = System.nanoTime();
                Batch batch = new Batch(next);
                if (!commit(batch)) {
                    awaitWrites(batch);
                }
                Thread.sleep(PACE.minusNanos(System.nanoTime() - began));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes a batch and has it answered; answers false if the database refuses all writes. */
    private boolean commit(Batch batch) {
        long start = System.nanoTime();
        try {
            Set<Sha256> written = batch.tokens(write(batch.columns()).numbers());
            metrics.checkIns(batch.all().size(), Duration.ofNanos(System.nanoTime() - start));
            accepted();
            patience = PATIENCE;
            batch.answer(checkIn -> {
                if (written.contains(checkIn.machine().token())) {
                    checkIn.caller().written();
                } else {
                    checkIn.caller().gone();
                }
            });
            return true;
        } catch (RuntimeException e) {
            DatabaseFault fault = DatabaseFault.of(e);
            if (!failing) {
                LOG.warn(
                        "could not write {} check-ins, answered 503: {}",
                        batch.all().size(),
                        fault.text(),
                        e);
            }
            failing = true;
            boolean lost = fault.kind().stopsAll();
            refusal = lost ? fault : null;
            ProblemException answer =
                    new ProblemException.Unavailable("the check-in could not be written; try again", e);
            batch.answer(checkIn -> checkIn.caller().failed(answer));
            return !lost;
        }
    }

    private void accepted() {
        if (failing) {
            LOG.info("check-ins are written again");
        }
        failing = false;
        refusal = null;
    }

    /**
     * Writes the refused batch again now and then until the database takes it. Its callers have had their 503; their reports are true
     * nevertheless, and a statement that writes is the only proof that a full disk has room again. So check-ins are taken
     * again also when a load balancer sends none to a unit that refuses them. A batch that is refused {@link #patience} times while the
     * probe finds the database well is given up, and the next one is tried.
     */
    private void awaitWrites(Batch refused) throws InterruptedException {
        int refusals = 0;
        while (!queue.awaitClosed(RETRY)) {
            refuseWaiting();
            try {
                dao.write(refused.columns(), CheckInDao.Guard.NONE).duplicates().forEach(this::report);
                accepted();
                return;
            } catch (RuntimeException e) {
                DatabaseFault fault = DatabaseFault.of(e);
                if (!fault.kind().stopsAll()) {
                    // The database works, and this batch has a fault of its own, which must not stop the others.
                    accepted();
                    return;
                }
                metrics.databaseError();
                refusal = fault;
                // A full disk refuses every batch, and the probe, which only reads, does not see it.
                boolean mayBeItsRows = fault.kind() != DatabaseFault.Kind.FULL
                        && database.get().isEmpty();
                if (mayBeItsRows && ++refusals >= patience) {
                    giveUp(refused, fault);
                    return;
                }
            }
        }
    }

    /** A machine has one boot time until it boots again, later: one that goes back twice is reported by two machines in turn. */
    private void report(CheckInDao.Duplicate duplicate) {
        metrics.duplicateReport();
        if (duplicate.reversals() == 2) {
            LOG.warn(
                    "machine '{}' seems to be two machines with one id, since its boot time goes back and forth: give each an id"
                            + " and an enrolment of its own, 'livepatch-admin machine show {}' says more",
                    duplicate.machineId(),
                    duplicate.machineId());
        }
    }

    private void giveUp(Batch refused, DatabaseFault fault) {
        LOG.warn(
                "gave up {} check-ins that the database refused {} times with SQL state {} while it answers its probe, and"
                        + " takes check-ins again: {}",
                refused.all().size(),
                patience,
                fault.state(),
                fault.text());
        patience = Math.min(MOST_PATIENCE, 2 * patience);
        refusal = null;
    }

    /**
     * Tries again at once where that may help. It is safe even if the first attempt was committed and only its answer was
     * lost: the same rows are written again, a little older, and where a newer report came in between, that one stays.
     */
    private CheckInDao.Written write(CheckInDao.Columns columns) {
        CheckInDao.Guard guard = CheckInDao.Guard.NONE;
        for (int attempt = 1; ; attempt++) {
            try {
                CheckInDao.Written written = dao.write(columns, guard);
                written.duplicates().forEach(this::report);
                return written;
            } catch (RuntimeException e) {
                metrics.databaseError();
                if (attempt == ATTEMPTS || !helpedByAnother(attempt, e)) {
                    throw e;
                }
                LOG.debug("writing check-ins once more", e);
                guard = CheckInDao.Guard.LOCK;
            }
        }
    }

    /** Whether the same rows may be written by another attempt at once, after so many. */
    private static boolean helpedByAnother(int attempts, RuntimeException failure) {
        return switch (DatabaseFault.of(failure).kind()) {
            // The server may be there again, or another one in its place.
            case AWAY -> attempts == 1 && !DatabaseFault.poolGaveNoConnection(failure);
            // A conflict with another transaction, or a machine that left between the look at its row and the commit.
            case TRY_AGAIN, MISSING_REFERENCE -> true;
            case FULL, REFUSES_WRITES, SETTINGS, STATEMENT -> false;
        };
    }

    private static ProblemException stopping() {
        return new ProblemException.Unavailable("this unit is stopping; try again");
    }

    /** Takes no more, writes what it took, and ends; what cannot be written in time is answered 503. */
    @Override
    public void close() {
        queue.close();
        try {
            if (writer.isAlive() && !writer.join(CLOSE_TIMEOUT)) {
                LOG.warn("check-ins could not be written within {}, giving up on {}", CLOSE_TIMEOUT, queue.size());
                writer.interrupt();
                writer.join(INTERRUPT_TIMEOUT);
            }
            refuse(queue.take(Integer.MAX_VALUE), CheckIns::stopping);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refuse(List<CheckIn> left, Supplier<ProblemException> why) {
        if (!left.isEmpty()) {
            new Batch(left).answer(checkIn -> checkIn.caller().failed(why.get()));
        }
    }

    private static ProblemException refused() {
        return new ProblemException.Unavailable("the database does not accept check-ins at the moment; try again");
    }
}
