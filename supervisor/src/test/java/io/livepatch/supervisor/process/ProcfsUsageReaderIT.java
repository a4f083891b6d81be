package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.process.ProcfsUsageReader.KernelUnits;
import io.livepatch.supervisor.process.ProcfsUsageReader.ProcessUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Measures real processes with a known usage. */
class ProcfsUsageReaderIT {

    /** Runs until its shell has used half a second of CPU time, and prints how many ticks that were. */
    private static final String BURN = "n=0; until [ $n -gt 50 ]; do i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done;"
            + " read -r line < /proc/$$/stat; set -- ${line##*) }; n=$((${12}+${13})); done; echo $n";

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final ProcfsUsageReader meter = ProcfsUsageReader.create();

    @AfterEach
    void close() {
        processes.close();
    }

    private Map<Long, ResourceUsage> measure(Long... sessions) {
        CompletableFuture<Map<Long, ResourceUsage>> answer = new CompletableFuture<>();
        meter.measure(Set.of(sessions), answer::complete);
        return answer.join();
    }

    private ResourceUsage measure(TestProcess sample) {
        return measure(sample.pid()).get(sample.pid());
    }

    private TestProcess ready(String script) {
        TestProcess sample = TestProcess.of(processes, "sh", "-c", script + "\necho ready\nexec sleep 1000");
        await("the script")
                .atMost(Duration.ofSeconds(30))
                .until(() -> sample.written().contains("ready"));
        return sample;
    }

    /** The CPU time that {@link #BURN} measured for itself; its processes use little otherwise. */
    private static Duration burnt(TestProcess sample) throws IOException {
        String ticks = sample.written()
                .lines()
                .filter(line -> line.matches("\\d+"))
                .findFirst()
                .orElseThrow();
        return KernelUnits.read().time(Long.parseLong(ticks));
    }

    @Test
    void memoryAndFilesOfAllDescendantsAreSummed() {
        TestProcess one = ready("exec 5</dev/null");
        TestProcess two =
                ready("exec 5</dev/null; sleep 1001 & head -c 20000000 /dev/zero | tail -c 20000000 | sleep 1002 &");
        await("tail has buffered its input, and head has ended")
                .until(() -> measure(two).residentBytes() - measure(one).residentBytes() > 20_000_000
                        && measure(two).processes() == 4);

        ResourceUsage usage = measure(two);

        assertThat(measure(one).processes()).isEqualTo(1);
        await("sleep has closed the files of its start")
                .untilAsserted(() -> assertThat(measure(one).openFiles()).isEqualTo(4));
        assertThat(measure(one).residentBytes()).isBetween(100_000L, 10_000_000L);
        assertThat(usage.processes()).isEqualTo(4);
        assertThat(usage.openFiles()).isBetween(8, 16);
        assertThat(usage.residentBytes()).isLessThan(60_000_000L);
        assertThat(usage.requests()).isEmpty();
    }

    @Test
    void cpuTimeCountsOnceWhetherItsProcessLivesIsAZombieOrHasEnded() throws IOException {
        TestProcess own = ready(BURN);
        TestProcess waitedFor = ready("sh -c '" + BURN + "; :'");
        // The sleep that replaces the shell never waits for the shell's children.
        TestProcess zombie = ready("sh -c '" + BURN + "; :' &");
        await("the zombie")
                .until(() -> Procfs.sessions(Set.of(zombie.pid())).get(zombie.pid()).stream()
                        .anyMatch(process -> !process.alive()));

        TestProcess idle = ready(":");
        for (TestProcess sample : List.of(own, waitedFor, zombie)) {
            assertThat(measure(sample).cpu())
                    .isGreaterThanOrEqualTo(burnt(sample))
                    .isLessThan(burnt(sample).multipliedBy(2))
                    .isGreaterThan(measure(idle).cpu());
            assertThat(measure(sample).processes()).isEqualTo(1);
        }
    }

    @Test
    void allSessionsAreMeasuredAtOnceAndEndedOnesAreMissing() {
        TestProcess one = ready(":");
        TestProcess two = ready(":");
        TestProcess gone = TestProcess.of(processes, "true");
        gone.awaitExit();

        assertThat(measure(one.pid(), two.pid(), gone.pid(), 4_194_305L)).containsOnlyKeys(one.pid(), two.pid());
    }

    @Test
    void processUsageExcludesDescendants() throws IOException {
        Instant before = Instant.now();
        TestProcess sample = ready("ulimit -n 123; ulimit -v 500000; " + BURN + "; sleep 1001 &");

        ProcessUsage figures = meter.processUsage(sample.pid()).orElseThrow();

        ProcessUsage idle = meter.processUsage(ready(":").pid()).orElseThrow();
        assertThat(figures.cpu())
                .isGreaterThanOrEqualTo(burnt(sample))
                .isLessThan(burnt(sample).multipliedBy(2))
                .isGreaterThan(idle.cpu());
        assertThat(figures.openFiles()).isEqualTo(3);
        assertThat(figures.maxOpenFiles()).hasValue(123);
        assertThat(figures.maxVirtualBytes()).hasValue(500_000L << 10);
        assertThat(figures.virtualBytes())
                .isGreaterThan(figures.residentBytes())
                .isLessThan(500_000L << 10);
        assertThat(figures.residentBytes()).isBetween(100_000L, 10_000_000L);
        // The kernel's boot time has a resolution of one second.
        assertThat(figures.startedAt())
                .isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
        assertThat(meter.processUsage(ProcessHandle.current().pid())
                        .orElseThrow()
                        .maxVirtualBytes())
                .isEqualTo(Procfs.ResourceLimits.read(Path.of("/proc/self")).virtualBytes());
        sample.kill();
        sample.awaitExit();
        assertThat(meter.processUsage(sample.pid())).isEmpty();
    }
}
