package io.livepatch.server.checkin;

import io.livepatch.server.checkin.CheckInQueue.Batch;
import io.livepatch.server.checkin.CheckInQueue.PendingCheckIn;
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
 * Group commit: one thread writes, with one statement, all check-ins that arrived during its last commit. A check-in waits for at most
 * two commits and {@link #MIN_PERIOD}, and costs less the busier the unit is (a statement for each costs three quarters of the
 * throughput). Thread-safe.
 */
public final class CheckIns implements AutoCloseable {
    /** More than the default of {@code server.concurrency-limit}, which therefore applies first. */
    public static final int CAPACITY = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(CheckIns.class);
    private static final int MAX_BATCH = 1000;
    private static final int ATTEMPTS = 3;
    /**
     * Between the beginnings of two commits. The commit is most of the cost of a small batch, and all units share one database. A check-in
     * that arrives later does not wait.
     */
    private static final Duration MIN_PERIOD = Duration.ofMillis(1);

    /** Between two attempts while the database refuses writes: PostgreSQL logs each. */
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(1);

    /**
     * How often a refused batch is retried while the database is healthy otherwise: then rows of this batch may cause the refusal, which
     * would block the check-ins of all machines for ever. Doubles, up to {@link #MAX_ATTEMPTS}, each time that the batch after a dropped one
     * is refused, too: then the rows are not the cause, and the state of the unit must not change every few seconds.
     */
    private static final int MIN_ATTEMPTS = 5;

    private static final int MAX_ATTEMPTS = 60;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration INTERRUPT_TIMEOUT = Duration.ofSeconds(1);

    private final CheckInDao dao;
    private final Metrics metrics;
    private final CheckInQueue queue;
    private final Thread writer = Thread.ofPlatform().daemon().name("check-ins").unstarted(this::run);
    private final Supplier<Optional<DatabaseFault>> database;
    /** Whether the last batch failed; confined to the writer's thread. */
    private boolean failing;
    /** How often a refused batch is retried before it is dropped; confined to the writer's thread. */
    private int maxRefusals = MIN_ATTEMPTS;
    /** Why the database refused the last write; null while it accepts writes. */
    private volatile @Nullable DatabaseFault refusal;

    /**
     * Starts nothing.
     *
     * @param known the fault that the database probe found last, from memory; check-ins are refused while it is present
     */
    public CheckIns(Database database, Supplier<Optional<DatabaseFault>> known, Metrics metrics) {
        this(CheckInDao.on(database), known, metrics, CAPACITY);
    }

    CheckIns(CheckInDao dao, Supplier<Optional<DatabaseFault>> known, Metrics metrics, int capacity) {
        this.dao = dao;
        this.database = known;
        this.metrics = metrics;
        this.queue = new CheckInQueue(capacity);
    }

    /** Starts the writer; check-ins may be submitted before. */
    public void start() {
        metrics.gauge("check_in_queue_size", "Check-ins that wait to be written.", queue::size);
        writer.start();
    }

    /**
     * Why the database refuses all writes, such as a full disk; empty while it accepts them. The writer retries, so this becomes empty
     * also when no more check-ins arrive.
     */
    public Optional<DatabaseFault> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** Answers the queued check-ins with 503, because the database is unavailable. */
    public void refuseWaiting() {
        fail(queue.takeNow(), CheckIns::refused);
    }

    /**
     * Queues a check-in; one of its callbacks is called later.
     *
     * @throws ProblemException.Unavailable if the queue is full or closed, or the database is known to be unavailable or to refuse writes
     */
    void submit(PendingCheckIn checkIn) {
        if (refusal != null || database.get().isPresent()) {
            metrics.checkInRejected();
            throw refused();
        }
        switch (queue.offer(checkIn)) {
            case ACCEPTED -> {}
            case CLOSED -> throw stopping();
            case FULL -> {
                metrics.checkInRejected();
                throw new ProblemException.Unavailable("too many check-ins are queued; try again");
            }
        }
    }

    private void run() {
        try {
            for (Batch batch = queue.take(MAX_BATCH); batch.size() > 0; batch = queue.take(MAX_BATCH)) {
                long began = System.nanoTime();
                if (!commit(batch)) {
                    awaitWrites(batch);
                }
                Thread.sleep(MIN_PERIOD.minusNanos(System.nanoTime() - began));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes a batch and answers its check-ins; returns false if the database refuses all writes. */
    private boolean commit(Batch batch) {
        long start = System.nanoTime();
        try {
            Set<Sha256> written = batch.tokens(write(batch.rows()).numbers());
            metrics.checkIns(batch.size(), Duration.ofNanos(System.nanoTime() - start));
            accepted();
            maxRefusals = MIN_ATTEMPTS;
            batch.answer(checkIn -> {
                if (written.contains(checkIn.machine().token())) {
                    checkIn.written();
                } else {
                    checkIn.gone();
                }
            });
            return true;
        } catch (RuntimeException e) {
            DatabaseFault fault = DatabaseFault.of(e);
            if (!failing) {
                LOG.warn("could not write {} check-ins, answered 503: {}", batch.size(), fault.text(), e);
            }
            failing = true;
            boolean refused = fault.kind().stopsAll();
            refusal = refused ? fault : null;
            ProblemException answer =
                    new ProblemException.Unavailable("the check-in could not be written; try again", e);
            batch.answer(checkIn -> checkIn.failed(answer));
            return !refused;
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
     * Retries the refused batch until the database accepts it. Its requests were answered with 503, but its reports are valid, and only a
     * write proves that a full disk has room again; so the unit recovers also when a load balancer sends it no more check-ins. A batch that
     * is refused {@link #maxRefusals} times while the probe finds no fault is dropped, and the next one is tried.
     */
    private void awaitWrites(Batch refused) throws InterruptedException {
        int refusals = 0;
        while (!queue.awaitClosed(RETRY_PERIOD)) {
            refuseWaiting();
            try {
                dao.write(refused.rows(), CheckInDao.Guard.NONE).duplicates().forEach(this::report);
                accepted();
                return;
            } catch (RuntimeException e) {
                DatabaseFault fault = DatabaseFault.of(e);
                if (!fault.kind().stopsAll()) {
                    // The database works; a fault of this batch alone must not block the others.
                    accepted();
                    return;
                }
                metrics.databaseError();
                refusal = fault;
                // A full disk refuses every batch, and the probe, which only reads, does not detect it.
                boolean mayBeItsRows = fault.kind() != DatabaseFault.Kind.FULL
                        && database.get().isEmpty();
                if (mayBeItsRows && ++refusals >= maxRefusals) {
                    drop(refused, fault);
                    return;
                }
            }
        }
    }

    /** The boot time of one machine only grows: one that goes back twice is reported by two machines in turn. */
    private void report(CheckInDao.Duplicate duplicate) {
        metrics.duplicateReport();
        if (duplicate.reversals() == 2) {
            LOG.warn(
                    "machine '{}' seems to be two machines with one id, since its boot time goes back and forth: give each an id"
                            + " and an enrolment of its own; 'livepatch-admin machine show {}' shows details",
                    duplicate.machineId(),
                    duplicate.machineId());
        }
    }

    private void drop(Batch refused, DatabaseFault fault) {
        LOG.warn(
                "dropped {} check-ins that the database refused {} times with SQL state {} while it answers its probe;"
                        + " accepting check-ins again: {}",
                refused.size(),
                maxRefusals,
                fault.state(),
                fault.text());
        maxRefusals = Math.min(MAX_ATTEMPTS, 2 * maxRefusals);
        refusal = null;
    }

    /**
     * Retries at once where that may help. The write is idempotent: if the first attempt was committed and only its result was lost, the
     * same rows are written again, a little older, and a newer report that arrived in between is kept.
     */
    private CheckInDao.Written write(List<PendingCheckIn> checkIns) {
        CheckInDao.Guard guard = CheckInDao.Guard.NONE;
        for (int attempt = 1; ; attempt++) {
            try {
                CheckInDao.Written written = dao.write(checkIns, guard);
                written.duplicates().forEach(this::report);
                return written;
            } catch (RuntimeException e) {
                metrics.databaseError();
                if (attempt == ATTEMPTS || !mayRetry(attempt, e)) {
                    throw e;
                }
                LOG.debug("retrying to write check-ins", e);
                guard = CheckInDao.Guard.LOCK;
            }
        }
    }

    private static boolean mayRetry(int attempts, RuntimeException failure) {
        return switch (DatabaseFault.of(failure).kind()) {
            // The server may have restarted, or another one taken over.
            case AWAY -> attempts == 1 && !DatabaseFault.poolGaveNoConnection(failure);
            // A conflict with another transaction, or a machine that was removed between the read of its row and the
            // commit.
            case TRY_AGAIN, MISSING_REFERENCE -> true;
            case FULL, REFUSES_WRITES, SETTINGS, STATEMENT -> false;
        };
    }

    private static ProblemException stopping() {
        return new ProblemException.Unavailable("this unit is stopping; try again");
    }

    /** Accepts no more check-ins, writes the queued ones, and stops; those that cannot be written in time are answered with 503. */
    @Override
    public void close() {
        queue.close();
        try {
            if (writer.isAlive() && !writer.join(CLOSE_TIMEOUT)) {
                LOG.warn("could not write check-ins within {}, dropping {}", CLOSE_TIMEOUT, queue.size());
                writer.interrupt();
                writer.join(INTERRUPT_TIMEOUT);
            }
            fail(queue.take(Integer.MAX_VALUE), CheckIns::stopping);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void fail(Batch batch, Supplier<ProblemException> cause) {
        batch.answer(checkIn -> checkIn.failed(cause.get()));
    }

    private static ProblemException refused() {
        return new ProblemException.Unavailable("the database does not accept check-ins at the moment; try again");
    }
}
