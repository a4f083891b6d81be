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
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
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
     * one database. Who comes when nothing was written of late does not wait.
     */
    private static final Duration PACE = Duration.ofMillis(1);

    /** Answers cost as much CPU as all that went before them; the writer must not do them, nor one thread all of them. */
    private static final int ANSWERS_A_THREAD = 32;

    /** Between two attempts to write while the database refuses writes: each costs PostgreSQL a line in its log. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration INTERRUPT_TIMEOUT = Duration.ofSeconds(1);

    private final CheckInDao dao;
    private final Metrics metrics;
    private final BatchQueue<CheckIn> queue;
    private final Thread writer = Thread.ofPlatform().daemon().name("check-ins").unstarted(this::run);
    private final Supplier<Optional<DatabaseFault>> database;
    private volatile @Nullable String problem;
    /** Why the database refuses all writes since the last attempt; null while it accepts them. */
    private volatile @Nullable DatabaseFault refusal;

    /**
     * Writes nothing yet.
     *
     * @param known what is known of the database from elsewhere; while it is away no check-in is taken. Answered from memory
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

    /** Why the last batch could not be written; empty while all is well. */
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
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

    /** Writes a batch and has it answered; answers false if the database refuses writes, whatever is in them. */
    private boolean commit(Batch batch) {
        long start = System.nanoTime();
        try {
            Set<Sha256> written = batch.tokens(write(batch.columns()));
            metrics.checkIns(batch.all().size(), Duration.ofNanos(System.nanoTime() - start));
            accepted();
            answer(batch, checkIn -> {
                if (written.contains(checkIn.machine().token())) {
                    checkIn.caller().written();
                } else {
                    checkIn.caller().gone();
                }
            });
            return true;
        } catch (RuntimeException e) {
            DatabaseFault fault = DatabaseFault.of(e);
            if (problem == null) {
                LOG.warn(
                        "could not write {} check-ins, answered 503: {}",
                        batch.all().size(),
                        fault.text(),
                        e);
            }
            problem = "could not write check-ins: " + fault.text();
            boolean lost = fault.kind() != DatabaseFault.Kind.STATEMENT;
            refusal = lost ? fault : null;
            ProblemException answer =
                    new ProblemException.Unavailable("the check-in could not be written; try again", e);
            answer(batch, checkIn -> checkIn.caller().failed(answer));
            return !lost;
        }
    }

    private void accepted() {
        if (problem != null) {
            LOG.info("check-ins are written again");
        }
        problem = null;
        refusal = null;
    }

    /**
     * Writes the refused batch again now and then until the database takes it. Its callers have had their 503; their reports are true
     * nevertheless, and a statement that writes is the only proof that a full disk has room again. So check-ins are taken
     * again also when a load balancer sends none to a unit that refuses them.
     */
    private void awaitWrites(Batch refused) throws InterruptedException {
        while (!queue.awaitClosed(RETRY)) {
            refuseWaiting();
            try {
                List<Integer> _ = dao.write(refused.columns(), CheckInDao.Guard.NONE);
                accepted();
                return;
            } catch (RuntimeException e) {
                DatabaseFault fault = DatabaseFault.of(e);
                if (fault.kind() == DatabaseFault.Kind.STATEMENT) {
                    // The database works, and this batch has a fault of its own, which must not stop the others.
                    accepted();
                    return;
                }
                metrics.databaseError();
                refusal = fault;
                problem = "could not write check-ins: " + fault.text();
            }
        }
    }

    /**
     * Tries again at once where that may help. It is safe even if the first attempt was committed and only its answer was
     * lost: the same rows with the same times are written again, and where a newer report came in between, that one stays.
     */
    private List<Integer> write(CheckInDao.Columns columns) {
        CheckInDao.Guard guard = CheckInDao.Guard.NONE;
        for (int attempt = 1; ; attempt++) {
            try {
                return dao.write(columns, guard);
            } catch (RuntimeException e) {
                metrics.databaseError();
                if (attempt == ATTEMPTS || !WriteFailure.of(e).helpedByAnotherAttempt(attempt)) {
                    throw e;
                }
                LOG.debug("writing check-ins once more", e);
                guard = CheckInDao.Guard.LOCK;
            }
        }
    }

    private static void answer(Batch batch, Consumer<CheckIn> answer) {
        for (List<CheckIn> piece : batch.pieces(ANSWERS_A_THREAD)) {
            Runnable all = () -> piece.forEach(checkIn -> guarded(checkIn, answer));
            try {
                piece.getFirst().caller().execute(all);
            } catch (RejectedExecutionException e) {
                // The pool is stopping and these are its last: they are answered here.
                all.run();
            }
        }
    }

    /** One caller that fails must not keep the others of its piece waiting. */
    private static void guarded(CheckIn checkIn, Consumer<CheckIn> answer) {
        try {
            answer.accept(checkIn);
        } catch (RuntimeException e) {
            LOG.error(
                    "a check-in of machine '{}' could not be answered",
                    checkIn.machine().id(),
                    e);
        }
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
            answer(new Batch(left), checkIn -> checkIn.caller().failed(why.get()));
        }
    }

    private static ProblemException refused() {
        return new ProblemException.Unavailable("the database does not accept check-ins at the moment; try again");
    }
}
