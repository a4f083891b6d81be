package io.livepatch.supervisor.process;

import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures sessions in one pass over {@code /proc}; a hundred workers of one process take about 6 ms of CPU time.
 *
 * <p>CPU time is that of the live processes plus that of the children they waited for. Nothing counts twice, since a parent takes
 * over the time of a child when it has ended. The time of a child whose parent ended first, or ignores SIGCHLD, is lost.
 */
public final class ProcfsUsageReader implements Processes.UsageReader {

    private static final Logger log = LoggerFactory.getLogger(ProcfsUsageReader.class);

    private final KernelUnits units;
    private final long bootSecond;

    private ProcfsUsageReader(KernelUnits units, long bootSecond) {
        this.units = units;
        this.bootSecond = bootSecond;
    }

    /**
     * Reads the kernel's units.
     *
     * @throws SupervisorException.Unsupported when this is not Linux
     */
    public static ProcfsUsageReader create() {
        try {
            long boot = Procfs.read(Path.of("/proc/stat"))
                    .lines()
                    .filter(line -> line.startsWith("btime "))
                    .mapToLong(line -> Long.parseLong(line.substring(6).strip()))
                    .findFirst()
                    .orElseThrow(() -> new IOException("/proc/stat has no boot time"));
            return new ProcfsUsageReader(KernelUnits.read(), boot);
        } catch (IOException e) {
            throw new SupervisorException.Unsupported("cannot measure processes", e);
        }
    }

    @Override
    public void measure(Set<Long> sessions, Consumer<Map<Long, ResourceUsage>> answer) {
        Set<Long> copy = Set.copyOf(sessions);
        Thread.ofVirtual().name("usage reader").start(() -> answer.accept(measure(copy)));
    }

    private Map<Long, ResourceUsage> measure(Set<Long> sessions) {
        Map<Long, ResourceUsage> usage = new HashMap<>();
        try {
            Procfs.sessions(sessions).forEach((session, members) -> {
                if (members.stream().anyMatch(Procfs.Stat::alive)) {
                    usage.put(session, sum(members));
                }
            });
        } catch (IOException e) {
            log.warn("cannot read /proc; resource limits of workers are not checked", e);
        }
        return usage;
    }

    private ResourceUsage sum(List<Procfs.Stat> members) {
        return new ResourceUsage(
                (int) members.stream().filter(Procfs.Stat::alive).count(),
                members.stream().mapToLong(Procfs.Stat::residentPages).sum() * units.pageBytes(),
                units.time(members.stream().mapToLong(Procfs.Stat::cpuTicks).sum()),
                members.stream()
                        .mapToInt(member -> Procfs.descriptors(member.pid()).size())
                        .sum(),
                OptionalLong.empty());
    }

    /** The usage of one process; empty if it has ended. */
    public Optional<ProcessUsage> processUsage(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        Optional<Procfs.Stat> stat = Procfs.Stat.read(process).filter(Procfs.Stat::alive);
        try {
            Procfs.ResourceLimits limits = Procfs.ResourceLimits.read(process);
            return stat.map(it -> new ProcessUsage(
                    pid,
                    units.time(it.ownTicks()),
                    Procfs.descriptors(pid).size(),
                    limits.openFiles(),
                    it.virtualBytes(),
                    limits.virtualBytes(),
                    it.residentPages() * units.pageBytes(),
                    startedAt(it.startTicks())));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    private Instant startedAt(long ticks) {
        Duration sinceBoot = units.time(ticks);
        return Instant.ofEpochSecond(bootSecond).plus(sinceBoot);
    }

    /**
     * The units of the kernel's counters.
     *
     * @param pageBytes 4 KiB, and up to 64 KiB on some ARM machines
     * @param ticksPerSecond of CPU time
     */
    record KernelUnits(long pageBytes, long ticksPerSecond) {

        /** Keys of the auxiliary vector, see {@code getauxval(3)}. The JDK offers no access to these values. */
        private static final long AT_PAGESZ = 6;

        private static final long AT_CLKTCK = 17;

        static KernelUnits read() throws IOException {
            return parse(Files.readAllBytes(Path.of("/proc/self/auxv")));
        }

        static KernelUnits parse(byte[] vector) throws IOException {
            ByteBuffer pairs = ByteBuffer.wrap(vector).order(ByteOrder.nativeOrder());
            long page = 0;
            long ticks = 0;
            while (pairs.remaining() >= 2 * Long.BYTES) {
                long key = pairs.getLong();
                long value = pairs.getLong();
                if (key == AT_PAGESZ) {
                    page = value;
                } else if (key == AT_CLKTCK) {
                    ticks = value;
                }
            }
            if (page <= 0 || ticks <= 0) {
                throw new IOException("/proc/self/auxv has no page size or no clock tick");
            }
            return new KernelUnits(page, ticks);
        }

        Duration time(long ticks) {
            return Duration.ofSeconds(
                    ticks / ticksPerSecond, ticks % ticksPerSecond * (1_000_000_000 / ticksPerSecond));
        }
    }

    /**
     * The values of the standard process collectors of Prometheus clients, for another process.
     *
     * @param cpu user and system time without that of children
     * @param maxOpenFiles the soft limit; empty if unlimited
     * @param maxVirtualBytes empty if unlimited
     */
    public record ProcessUsage(
            long pid,
            Duration cpu,
            int openFiles,
            OptionalLong maxOpenFiles,
            long virtualBytes,
            OptionalLong maxVirtualBytes,
            long residentBytes,
            Instant startedAt) {}
}
