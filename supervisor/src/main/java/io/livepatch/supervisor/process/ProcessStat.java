package io.livepatch.supervisor.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code /proc/PID/stat} tells, in the kernel's units.
 *
 * @param cpuTicks its own and of the children that it has waited for, and so of theirs: in the times of no other living process
 * @param ownTicks its own alone
 */
record ProcessStat(
        long pid,
        char state,
        long group,
        long session,
        long ownTicks,
        long cpuTicks,
        long startTicks,
        long virtualBytes,
        long residentPages) {

    /** Empty when there is no such process (any more). */
    static Optional<ProcessStat> read(Path process) {
        try {
            return Optional.of(parse(ProcFile.read(process.resolve("stat"))));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** The name in brackets may hold brackets and blanks; fields are counted from behind it, as in {@code proc(5)} less three. */
    static ProcessStat parse(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
        long own = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        return new ProcessStat(
                Long.parseLong(stat.substring(0, stat.indexOf(' '))),
                fields[0].charAt(0),
                Long.parseLong(fields[2]),
                Long.parseLong(fields[3]),
                own,
                own + Long.parseLong(fields[13]) + Long.parseLong(fields[14]),
                Long.parseLong(fields[19]),
                Long.parseLong(fields[20]),
                Long.parseLong(fields[21]));
    }

    /** A zombie only waits for a parent that may never look. */
    boolean alive() {
        return state != 'Z' && state != 'X';
    }
}
