package io.livepatch.server.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.file.DiskSpace;
import io.livepatch.server.disk.DiskSpaceMonitor.MonitoredDirectory;
import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class DiskSpaceMonitorTest {
    private static final Duration PERIOD = Duration.ofMillis(20);
    private static final long GIB = 1L << 30;
    private static final Path STORE = Path.of("/srv/store");
    private static final Path CACHE = Path.of("/srv/cache");
    private static final List<MonitoredDirectory> DIRECTORIES = List.of(
            new MonitoredDirectory("store", () -> Optional.of(STORE)),
            new MonitoredDirectory("cache", () -> Optional.of(CACHE)));

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-30T00:00:00Z"));
    private final InstantSource clock = now::get;
    private final Map<Path, Long> free = new ConcurrentHashMap<>(Map.of(STORE, 10 * GIB, CACHE, 10 * GIB));
    private final Metrics metrics = new Metrics();

    private DiskSpaceMonitor monitor(List<MonitoredDirectory> directories) {
        return new DiskSpaceMonitor(directories, GIB, clock, this::measure, PERIOD);
    }

    private DiskSpace measure(Path directory) throws IOException {
        if (!free.containsKey(directory)) {
            throw new IOException("no such disk");
        }
        return new DiskSpace(free.get(directory), 20 * GIB);
    }

    private void awaitMetric(String line) {
        await(line).until(() -> metrics.scrape().contains(line));
    }

    @Test
    void freeSpaceIsInTheMetrics() {
        try (DiskSpaceMonitor monitor = monitor(DIRECTORIES)) {
            monitor.start(metrics);

            awaitMetric("livepatch_server_disk_free_bytes{place=\"store\"} 1.073741824E10");
            awaitMetric("livepatch_server_disk_size_bytes{place=\"cache\"} 2.147483648E10");
            awaitMetric("livepatch_server_disk_measurement_age_seconds{place=\"store\"} 0.0");
            assertThat(monitor.problem()).isEmpty();
        }
    }

    @Test
    void lowAndFullDisksAreNamedWithTheirFreeSpace() {
        free.put(STORE, 512L << 20);
        free.put(CACHE, 1L << 20);
        try (DiskSpaceMonitor monitor = monitor(DIRECTORIES)) {
            monitor.start(metrics);

            awaitMetric("disk_free_bytes{place=\"store\"}");
            awaitMetric("disk_free_bytes{place=\"cache\"}");
            assertThat(monitor.problem().orElseThrow())
                    .contains("disk space is low: store '/srv/store' has 512.0 MiB of 20.0 GiB free")
                    .contains("disk is full: cache '/srv/cache' has 1.0 MiB of 20.0 GiB free");
        }
    }

    @Test
    void unusedDirectoryIsNotReported() {
        try (DiskSpaceMonitor monitor =
                monitor(List.of(DIRECTORIES.getFirst(), new MonitoredDirectory("cache", Optional::empty)))) {
            monitor.start(metrics);

            awaitMetric("disk_free_bytes{place=\"store\"}");
            assertThat(metrics.scrape()).doesNotContain("place=\"cache\"");
            assertThat(monitor.problem()).isEmpty();
        }
    }

    @Test
    void failedMeasurementIsReportedWithItsCause() {
        free.remove(STORE);
        try (DiskSpaceMonitor monitor = monitor(DIRECTORIES)) {
            monitor.start(metrics);

            await().until(() -> monitor.problem().isPresent());
            assertThat(monitor.problem().orElseThrow()).contains("store '/srv/store'", "no such disk");
        }
    }

    @Test
    void hungDiskDelaysNoOtherDirectoryAndIsNamed() throws InterruptedException {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicReference<Integer> measurements = new AtomicReference<>(0);
        DiskSpaceMonitor.Gauge gauge = directory -> {
            if (directory.equals(STORE) && measurements.getAndUpdate(n -> n + 1) > 0) {
                hanging.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            return measure(directory);
        };
        try (DiskSpaceMonitor monitor = new DiskSpaceMonitor(DIRECTORIES, GIB, clock, gauge, PERIOD)) {
            monitor.start(metrics);
            hanging.await();
            now.updateAndGet(time -> time.plusSeconds(60));

            // The other directory is measured on its own thread, with the new time.
            awaitMetric("disk_measurement_age_seconds{place=\"cache\"} 0.0");
            assertThat(monitor.problem().orElseThrow())
                    .isEqualTo("the file system of store '/srv/store' has not answered for 60 s: check its mount and"
                            + " its server");
            awaitMetric("disk_measurement_age_seconds{place=\"store\"} 60.0");
        }
    }

    @Test
    void diskThatHangsFromTheStartIsNamed() throws InterruptedException {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        DiskSpaceMonitor.Gauge gauge = directory -> {
            if (directory.equals(STORE)) {
                hanging.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            return measure(directory);
        };
        try (DiskSpaceMonitor monitor = new DiskSpaceMonitor(DIRECTORIES, GIB, clock, gauge, PERIOD)) {
            monitor.start(metrics);
            hanging.await();
            assertThat(monitor.problem()).isEmpty();
            now.updateAndGet(time -> time.plusSeconds(60));

            awaitMetric("disk_measurement_age_seconds{place=\"cache\"} 0.0");
            assertThat(monitor.problem().orElse("none"))
                    .isEqualTo("the file system of store '/srv/store' has not answered for 60 s: check its mount and"
                            + " its server");
            assertThat(metrics.scrape())
                    .contains("disk_measurement_age_seconds{place=\"store\"} 60.0")
                    .doesNotContain("disk_free_bytes{place=\"store\"}");
        }
    }
}
