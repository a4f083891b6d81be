package io.livepatch.supervisor.process;

import io.livepatch.supervisor.ResourceUsage;
import io.livepatch.supervisor.SupervisorException;
import java.io.IOException;
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
}
