package io.livepatch.supervisor;

import java.util.List;
import java.util.Optional;

/**
 * The end of a process: its exit code, or 128 plus the number of the signal that killed it, as in a shell.
 *
 * @param outOfMemory in words, if the kernel's OOM killer killed a process of the worker
 */
public record ExitStatus(int code, Optional<String> outOfMemory) {

    /** The names of signals that commonly end a process, by number. */
    private static final List<String> SIGNALS = List.of(
            "", "HUP", "INT", "QUIT", "ILL", "", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM");

    public ExitStatus(int code) {
        this(code, Optional.empty());
    }

    /** The name, without {@code SIG}, of the signal that killed the process. */
    public Optional<String> signal() {
        int number = code - 128;
        boolean known = number > 0 && number < SIGNALS.size();
        return known ? Optional.of(SIGNALS.get(number)).filter(name -> !name.isEmpty()) : Optional.empty();
    }

    @Override
    public String toString() {
        String how = signal().map(name -> "signal " + name).orElseGet(() -> "exit code " + code);
        return outOfMemory.map(why -> how + " (" + why + ")").orElse(how);
    }
}
