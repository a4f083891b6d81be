package io.livepatch.server.checkin;

import io.livepatch.server.machine.PatchState;
import io.livepatch.storage.PatchVersion;
import io.livepatch.storage.Sha256;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Check-ins that are committed together. Of several with one token only the last is written, since {@code on conflict} cannot
 * touch a row twice; what holds for it holds for all of them.
 */
final class Batch {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    /** Answers cost as much CPU as all that went before them; the writer must not do them, nor one thread all of them. */
    private static final int ANSWERS_A_THREAD = 32;

    private final List<CheckIn> all;
    private final List<CheckIn> rows;

    Batch(List<CheckIn> all) {
        this.all = List.copyOf(all);
        Map<Sha256, CheckIn> last = HashMap.newHashMap(all.size());
        all.forEach(checkIn -> last.put(checkIn.machine().token(), checkIn));
        this.rows = List.copyOf(last.values());
    }

    List<CheckIn> all() {
        return all;
    }

    CheckInDao.Columns columns() {
        return new CheckInDao.Columns(
                column(checkIn -> checkIn.machine().id().text()),
                column(checkIn -> checkIn.machine().token().hex()),
                column(checkIn -> checkIn.report().kernel().text()),
                column(checkIn -> checkIn.report().architecture().name()),
                column(checkIn -> checkIn.report().clientVersion()),
                column(checkIn -> checkIn.report().cpuModel()),
                column(checkIn -> text(checkIn.report().bootTime())),
                column(checkIn -> checkIn.report().uptime()),
                column(checkIn -> text(checkIn.report().patchVersion())),
                column(checkIn -> text(checkIn.report().patchState())),
                column(CheckIn::received));
    }

    private <T extends @Nullable Object> List<T> column(Function<CheckIn, T> value) {
        List<T> column = new ArrayList<>(rows.size());
        rows.forEach(row -> column.add(value.apply(row)));
        return column;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    private static @Nullable String text(@Nullable PatchVersion version) {
        return version == null ? null : version.toString();
    }

    private static @Nullable String text(@Nullable PatchState state) {
        return state == null ? null : state.text();
    }

    /** Of the numbers that the statement answered, the tokens. */
    Set<Sha256> tokens(List<Integer> numbers) {
        Set<Sha256> tokens = HashSet.newHashSet(numbers.size());
        numbers.forEach(number -> tokens.add(rows.get(number - 1).machine().token()));
        return tokens;
    }

    /** Has each caller told, in pieces, each on a thread of its first caller. */
    void answer(Consumer<CheckIn> answer) {
        for (int from = 0; from < all.size(); from += ANSWERS_A_THREAD) {
            List<CheckIn> piece = all.subList(from, Math.min(from + ANSWERS_A_THREAD, all.size()));
            Runnable work = () -> piece.forEach(checkIn -> guarded(checkIn, answer));
            try {
                piece.getFirst().caller().execute(work);
            } catch (RejectedExecutionException e) {
                // The pool is stopping and these are its last: they are answered here.
                work.run();
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
}
