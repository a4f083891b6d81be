package io.livepatch.supervisor;

import java.util.Map;
import java.util.Optional;

/**
 * The end of a process: its exit code, or 128 plus the number of the signal that killed it, as in a shell.
 *
 * @param outOfMemory in words, if the kernel's OOM killer killed a process of the worker
 */
public record ExitStatus(int code, Optional<String> outOfMemory) {

    private static final Map<Integer, String> SIGNALS = Map.ofEntries(
            Map.entry(1, "HUP"),
            Map.entry(2, "INT"),
            Map.entry(3, "QUIT"),
            Map.entry(4, "ILL"),
            Map.entry(6, "ABRT"),
            Map.entry(7, "BUS"),
            Map.entry(8, "FPE"),
            Map.entry(9, "KILL"),
            Map.entry(10, "USR1"),
            Map.entry(11, "SEGV"),
            Map.entry(12, "USR2"),
            Map.entry(13, "PIPE"),
            Map.entry(14, "ALRM"),
            Map.entry(15, "TERM"));

    public ExitStatus(int code) {
        this(code, Optional.empty());
    }

    /** The name, without {@code SIG}, of the signal that killed the process. */
    public Optional<String> signal() {
        return Optional.ofNullable(SIGNALS.get(code - 128));
    }

    @Override
    public String toString() {
        String how = signal().map(name -> "signal " + name).orElseGet(() -> "exit code " + code);
        return outOfMemory.map(why -> how + " (" + why + ")").orElse(how);
    }
}
