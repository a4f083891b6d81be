package io.livepatch.supervisor.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What the kernel lets a process have; empty where that is unlimited. */
record ResourceLimits(OptionalLong openFiles, OptionalLong hardOpenFiles, OptionalLong virtualBytes) {

    /** Of the process whose folder in {@code /proc} this is. */
    static ResourceLimits of(Path process) throws IOException {
        List<String> lines = ProcFile.read(process.resolve("limits")).lines().toList();
        return new ResourceLimits(
                column(lines, "Max open files", 0),
                column(lines, "Max open files", 1),
                column(lines, "Max address space", 0));
    }

    private static OptionalLong column(List<String> lines, String name, int column) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip().split("\\s+", -1)[column])
                .filter(value -> !"unlimited".equals(value))
                .mapToLong(Long::parseUnsignedLong)
                .findFirst();
    }
}
