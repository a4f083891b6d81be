package io.livepatch.supervisor.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All processes there are, zombies included, in one pass over {@code /proc}. */
record ProcessTable(List<ProcessStat> processes) {

    private static final Path PROC = Path.of("/proc");

    static ProcessTable read() throws IOException {
        List<ProcessStat> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : all) {
                ProcessStat.read(process).ifPresent(found::add);
            }
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw e.getCause();
        }
        return new ProcessTable(List.copyOf(found));
    }

    /** Those of the sessions, by session; one without a process is missing. */
    Map<Long, List<ProcessStat>> of(Set<Long> sessions) {
        return processes.stream()
                .filter(process -> sessions.contains(process.session()))
                .collect(Collectors.groupingBy(ProcessStat::session));
    }

    /** The descriptors that a process has open; none when it is gone or is not for us to see. */
    static List<Path> descriptors(long pid) {
        try (Stream<Path> all = Files.list(PROC.resolve(Long.toString(pid)).resolve("fd"))) {
            return all.toList();
        } catch (IOException | UncheckedIOException gone) {
            return List.of();
        }
    }
}
