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
 * Reads {@code /proc}: once for all sessions asked, and the descriptors of their processes. A hundred workers of one process take
 * about six milliseconds of one processor.
 *
 * <p>Processor time is that of all who live plus what each has taken over from the children it waited for; nothing is counted
 * twice, for a time is taken over only when its owner is gone. That of a child whose parent died first, or ignores the end of children, is lost
 * with it.
 */
public final class ProcfsUsageReader implements UsageReader {

    private static final Logger log = LoggerFactory.getLogger(ProcfsUsageReader.class);

    private final KernelUnits units;
    private final long bootSecond;

    private ProcfsUsageReader(KernelUnits units, long bootSecond) {
        this.units = units;
        this.bootSecond = bootSecond;
    }

    /**
     * Learns what the kernel counts in.
     *
     * @throws SupervisorException.Unsupported when this is not Linux
     */
    public static ProcfsUsageReader create() {
        try {
            long boot = ProcFile.read(Path.of("/proc/stat"))
                    .lines()
                    .filter(line -> line.startsWith("btime "))
                    .mapToLong(line -> Long.parseLong(line.substring(6).strip()))
                    .findFirst()
                    .orElseThrow(() -> new IOException("/proc/stat does not tell when the machine was started"));
            return new ProcfsUsageReader(KernelUnits.read(), boot);
        } catch (IOException e) {
            throw new SupervisorException.Unsupported("cannot measure processes", e);
        }
    }

    @Override
    public void measure(Set<Long> sessions, Consumer<Map<Long, ResourceUsage>> answer) {
        Set<Long> asked = Set.copyOf(sessions);
        Thread.ofVirtual().name("meter").start(() -> answer.accept(measure(asked)));
    }

    private Map<Long, ResourceUsage> measure(Set<Long> sessions) {
        Map<Long, ResourceUsage> usage = new HashMap<>();
        try {
            ProcessTable.read().of(sessions).forEach((session, members) -> {
                if (members.stream().anyMatch(ProcessStat::alive)) {
                    usage.put(session, sum(members));
                }
            });
        } catch (IOException e) {
            log.warn("cannot read /proc: limits of workers are not kept meanwhile", e);
        }
        return usage;
    }

    private ResourceUsage sum(List<ProcessStat> members) {
        return new ResourceUsage(
                (int) members.stream().filter(ProcessStat::alive).count(),
                members.stream().mapToLong(ProcessStat::residentPages).sum() * units.pageBytes(),
                units.time(members.stream().mapToLong(ProcessStat::cpuTicks).sum()),
                members.stream()
                        .mapToInt(
                                member -> ProcessTable.descriptors(member.pid()).size())
                        .sum(),
                OptionalLong.empty());
    }

    /** Of one process; empty when it is gone. */
    public Optional<ProcessUsage> figures(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        Optional<ProcessStat> stat = ProcessStat.read(process).filter(ProcessStat::alive);
        try {
            ResourceLimits limits = ResourceLimits.of(process);
            return stat.map(it -> new ProcessUsage(
                    pid,
                    units.time(it.ownTicks()),
                    ProcessTable.descriptors(pid).size(),
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
     * What the kernel counts in.
     *
     * @param pageBytes of memory; 64 KiB on some ARM machines
     * @param ticksPerSecond of processor time
     */
    record KernelUnits(long pageBytes, long ticksPerSecond) {

        /** Keys of the auxiliary vector, see {@code getauxval(3)}: what the kernel told this process when it started. */
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
                throw new IOException("/proc/self/auxv does not tell the page size and the clock tick");
            }
            return new KernelUnits(page, ticks);
        }

        Duration time(long ticks) {
            return Duration.ofSeconds(
                    ticks / ticksPerSecond, ticks % ticksPerSecond * (1_000_000_000 / ticksPerSecond));
        }
    }

    /**
     * What the process collectors of Prometheus' clients tell, of one process alone, which cannot tell it itself.
     *
     * @param cpu user and system time of its own, without that of its children
     * @param maxOpenFiles the soft limit; empty when there is none
     * @param maxVirtualBytes empty when there is none
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
