package io.livepatch.supervisor.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kernel's process information in {@code /proc}. */
final class Procfs {

    private static final Path ROOT = Path.of("/proc");

    private Procfs() {}

    /**
     * Reads a file of {@code /proc} or {@code /sys} with one large read. {@link Files#readString(Path)} trusts the file size, which
     * is zero, and starts with a read of one byte; numbers in {@code /proc/sys} answer only the first read.
     */
    static String read(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return new String(stream.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** All processes, including zombies. */
    static List<Stat> processes() throws IOException {
        List<Stat> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(ROOT, "[0-9]*")) {
            for (Path process : all) {
                Stat.read(process).ifPresent(found::add);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    /** The processes of these sessions; a session without a process is missing. */
    static Map<Long, List<Stat>> sessions(Set<Long> sessions) throws IOException {
        return processes().stream()
                .filter(process -> sessions.contains(process.session()))
                .collect(Collectors.groupingBy(Stat::session));
    }

    /** The open file descriptors of a process; empty if it has ended or belongs to another user. */
    static List<Path> descriptors(long pid) {
        try (Stream<Path> all = Files.list(ROOT.resolve(Long.toString(pid)).resolve("fd"))) {
            return all.toList();
        } catch (IOException | UncheckedIOException gone) {
            return List.of();
        }
    }

    /**
     * The file {@code /proc/PID/stat}, in the kernel's units.
     *
     * @param ownTicks CPU time of the process alone
     * @param cpuTicks CPU time including the children that it has waited for, and theirs
     */
    record Stat(
            long pid,
            char state,
            long group,
            long session,
            long ownTicks,
            long cpuTicks,
            long startTicks,
            long virtualBytes,
            long residentPages) {

        /** Empty if the process has ended. */
        static Optional<Stat> read(Path process) {
            try {
                return Optional.of(parse(Procfs.read(process.resolve("stat"))));
            } catch (IOException gone) {
                return Optional.empty();
            }
        }

        /** The name in parentheses may contain parentheses and spaces, so fields are counted after the last parenthesis. */
        static Stat parse(String stat) {
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
            long own = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return new Stat(
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

        /** Whether it is no zombie. */
        boolean alive() {
            return state != 'Z' && state != 'X';
        }
    }

    /** The file {@code /proc/PID/limits}; empty values are unlimited. */
    record ResourceLimits(OptionalLong openFiles, OptionalLong hardOpenFiles, OptionalLong virtualBytes) {

        static ResourceLimits read(Path process) throws IOException {
            List<String> lines = Procfs.read(process.resolve("limits")).lines().toList();
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
}
