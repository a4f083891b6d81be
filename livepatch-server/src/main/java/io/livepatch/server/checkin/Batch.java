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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Check-ins that are committed together. Of several with one token only the last is written, since {@code on conflict} cannot
 * touch a row twice; what holds for it holds for all of them.
 */
final class Batch {
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
                column(checkIn -> checkIn.seenAt().toString()));
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

    /** In pieces, each for one thread to answer. */
    List<List<CheckIn>> pieces(int size) {
        List<List<CheckIn>> pieces = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            pieces.add(all.subList(from, Math.min(from + size, all.size())));
        }
        return pieces;
    }
}
