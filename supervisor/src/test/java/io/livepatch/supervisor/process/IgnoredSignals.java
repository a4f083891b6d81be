package io.livepatch.supervisor.process;

import java.nio.file.Files;
import java.nio.file.Path;

/** Prints the standard signals that its own process ignores, and those that a worker ignores which it starts. */
final class IgnoredSignals {

    /** Signals from 32 on are real-time signals, of which the C library keeps the first ones from every program. */
    private static final long STANDARD = (1L << 31) - 1;

    private IgnoredSignals() {}

    public static void main(String... arguments) throws Exception {
        System.out.println("own: " + ignored(Files.readString(Path.of("/proc/self/status"))));
        try (LinuxProcesses processes = LinuxProcesses.start()) {
            TestProcess worker = TestProcess.of(processes, "cat", "/proc/self/status");
            System.out.println("worker: " + ignored(worker.output()));
        }
    }

    private static String ignored(String status) {
        return status.lines()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16))
                .map(signals -> Long.toHexString(signals & STANDARD))
                .findFirst()
                .orElseThrow();
    }
}
