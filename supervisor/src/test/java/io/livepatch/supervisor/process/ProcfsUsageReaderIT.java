package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
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

/** Real processes that use up what is to be measured. */
class ProcfsUsageReaderIT {

    /** Uses a processor until its shell has had half a second of it. */
    private static final String BURN = "n=0; until [ $n -gt 50 ]; do i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done;"
            + " read -r line < /proc/$$/stat; set -- ${line##*) }; n=$((${12}+${13})); done";

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

    private ResourceUsage measure(Sample sample) {
        return measure(sample.pid()).get(sample.pid());
    }

    private Sample ready(String script) {
        Sample sample = Sample.of(processes, "sh", "-c", script + "\necho\nexec sleep 1000");
        assertThat(sample.firstLine()).isEmpty();
        return sample;
    }

    @Test
    void memoryAndFilesOfAllDescendantsAreAddedUp() {
        Sample one = ready("exec 5</dev/null");
        Sample two =
                ready("exec 5</dev/null; sleep 1001 & head -c 20000000 /dev/zero | tail -c 20000000 | sleep 1002 &");
        await("the tail holds what it was given")
                .until(() -> measure(two).residentBytes() - measure(one).residentBytes() > 20_000_000);

        ResourceUsage usage = measure(two);

        assertThat(measure(one).processes()).isEqualTo(1);
        assertThat(measure(one).openFiles()).isEqualTo(4);
        assertThat(measure(one).residentBytes()).isBetween(100_000L, 10_000_000L);
        assertThat(usage.processes()).isEqualTo(4);
        assertThat(usage.openFiles()).isBetween(8, 16);
        assertThat(usage.residentBytes()).isLessThan(60_000_000L);
        assertThat(usage.requests()).isEmpty();
    }

    @Test
    void processorTimeIsCountedOnceWhetherItsOwnerLivesIsAZombieOrIsGone() {
        Sample own = ready(BURN);
        Sample waitedFor = ready("sh -c '" + BURN + "; :'");
        // The sleep that the shell becomes never waits for what the shell had started.
        Sample zombie = ready("sh -c '" + BURN + "; :' & echo; : ");
        await("the zombie")
                .until(() -> ProcessTable.read().of(Set.of(zombie.pid())).get(zombie.pid()).stream()
                        .anyMatch(process -> !process.alive()));

        for (Sample sample : List.of(own, waitedFor, zombie)) {
            assertThat(measure(sample).cpu()).isBetween(Duration.ofMillis(500), Duration.ofMillis(900));
            assertThat(measure(sample).processes()).isEqualTo(1);
        }
    }

    @Test
    void allSessionsAreAnsweredAtOnceAndThoseThatAreGoneAreMissing() {
        Sample one = ready(":");
        Sample two = ready(":");
        Sample gone = Sample.of(processes, "true");
        gone.awaitExit();

        assertThat(measure(one.pid(), two.pid(), gone.pid(), 4_194_305L)).containsOnlyKeys(one.pid(), two.pid());
    }

    @Test
    void theFiguresOfOneProcessAreThoseOfTheProcessAlone() throws IOException {
        Instant before = Instant.now();
        Sample sample = ready("ulimit -n 123; ulimit -v 500000; " + BURN + "; sleep 1001 &");

        ProcessUsage figures = meter.figures(sample.pid()).orElseThrow();

        assertThat(figures.cpu()).isBetween(Duration.ofMillis(500), Duration.ofMillis(900));
        assertThat(figures.openFiles()).isEqualTo(3);
        assertThat(figures.maxOpenFiles()).hasValue(123);
        assertThat(figures.maxVirtualBytes()).hasValue(500_000L << 10);
        assertThat(figures.virtualBytes())
                .isGreaterThan(figures.residentBytes())
                .isLessThan(500_000L << 10);
        assertThat(figures.residentBytes()).isBetween(100_000L, 10_000_000L);
        // The kernel tells the second of its boot only.
        assertThat(figures.startedAt())
                .isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
        assertThat(meter.figures(ProcessHandle.current().pid()).orElseThrow().maxVirtualBytes())
                .isEqualTo(ResourceLimits.of(Path.of("/proc/self")).virtualBytes());
        sample.kill();
        sample.awaitExit();
        assertThat(meter.figures(sample.pid())).isEmpty();
    }
}
