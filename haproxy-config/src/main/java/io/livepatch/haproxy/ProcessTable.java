package io.livepatch.haproxy;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code show proc} of the master says, as far as a reload needs it.
 *
 * @param reloads reloads tried so far
 * @param failed those since the last good one that failed
 * @param worker the process that takes new connections
 */
record ProcessTable(long master, int reloads, int failed, Optional<Long> worker) {
    private static final Pattern MASTER =
            Pattern.compile("(?m)^(?<pid>\\d+)\\s+master\\s+(?<reloads>\\d+)\\s+\\[failed: (?<failed>\\d+)\\]");
    private static final Pattern WORKER = Pattern.compile("(?ms)^# workers\\n(?<pid>\\d+)\\s+worker\\s");

    static ProcessTable parse(String answer) {
        Matcher master = MASTER.matcher(answer);
        if (!master.find()) {
            throw new HaproxyException.CommandRefused("show proc", answer);
        }
        Matcher worker = WORKER.matcher(answer);
        return new ProcessTable(
                Long.parseLong(master.group("pid")),
                Integer.parseInt(master.group("reloads")),
                Integer.parseInt(master.group("failed")),
                worker.find() ? Optional.of(Long.parseLong(worker.group("pid"))) : Optional.empty());
    }
}
