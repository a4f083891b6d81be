package io.livepatch.supervisor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.FakePool;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.output.OutputCounts;
import io.livepatch.supervisor.process.ProcfsUsageReader.ProcessUsage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SupervisorMetricsTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final WorkerInfo WORKER = FakePool.worker("web", 0, WorkerState.READY);

    private final FakePool pool = new FakePool(
            spec(),
            FakePool.withUsage(FakePool.withPid(WORKER, 100), 1 << 20, Duration.ofSeconds(3), 300),
            FakePool.withUsage(
                    FakePool.withDue(FakePool.worker("web", 1, WorkerState.READY), ReplacementReason.MEMORY),
                    1 << 20,
                    Duration.ofSeconds(1),
                    100),
            FakePool.withProblem(FakePool.worker("web", 2, WorkerState.FAILED), "it crashed"));

    private final SupervisorMetrics metrics = SupervisorMetrics.of(
            new SupervisorMetrics.Sources(
                    () -> List.of(pool),
                    pid -> pid == 100 ? Optional.of(usage()) : Optional.empty(),
                    () -> new OutputCounts(0, 0, 7, 0, 0, 5, 500),
                    name -> "web".equals(name) ? OptionalDouble.of(1.25) : OptionalDouble.empty(),
                    status -> status.code() == 137,
                    () -> true,
                    () -> true),
            "1.2.3");

    private static PoolSpec spec() {
        return PoolSpec.of("web", List.of("server"))
                .replicas(3)
                .environment(Map.of("PASSWORD", "hunter2"))
                .limits(new Limits(
                        Optional.of(Duration.ofHours(4)),
                        0,
                        OptionalLong.of(512 << 20),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalLong.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalInt.empty(),
                        Limits.DEFAULT_INTERVAL))
                .build();
    }

    private static ProcessUsage usage() {
        return new ProcessUsage(
                7,
                Duration.ofMillis(12_500),
                8,
                OptionalLong.of(1024),
                1L << 32,
                OptionalLong.empty(),
                1 << 24,
                Instant.ofEpochSecond(1_750_000_000));
    }

    private String text() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        metrics.write(null, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private TextFormat.Page scrape() throws IOException {
        return TextFormat.read(text());
    }

    private void record(PoolEvent... events) {
        for (PoolEvent event : events) {
            metrics.onEvent("web", event);
        }
    }

    /** Records an event of each kind. */
    private void recordAll() {
        record(
                new PoolEvent.Changed(at(WorkerState.BACKING_OFF, T0, T0.plusSeconds(1)), WorkerState.READY),
                new PoolEvent.Changed(at(WorkerState.STARTING, T0, T0.plusSeconds(3)), WorkerState.BACKING_OFF),
                new PoolEvent.Changed(
                        at(WorkerState.READY, T0.plusSeconds(3), T0.plusSeconds(7)), WorkerState.STARTING),
                new PoolEvent.Restarted(WORKER, ReplacementReason.CRASH, Optional.empty()),
                ended(3, ReplacementReason.CRASH),
                ended(143, ReplacementReason.MEMORY),
                ended(137, ReplacementReason.CRASH),
                new PoolEvent.Killed(FakePool.withDue(WORKER, ReplacementReason.LIFESPAN)),
                new PoolEvent.Condemned(WORKER, ReplacementReason.LIFESPAN, "4 h"),
                new PoolEvent.Condemned(WORKER, ReplacementReason.MEMORY, "600 MiB"),
                new PoolEvent.Recycled(WORKER, ReplacementReason.MEMORY, Duration.ofSeconds(2)),
                new PoolEvent.Drained(WORKER, Duration.ofMillis(300), 4),
                new PoolEvent.GaveUp(WORKER, "crashed 5 times"));
    }

    private static WorkerInfo at(WorkerState state, Instant launched, Instant since) {
        return FakePool.at(WORKER, state, launched, since);
    }

    private static PoolEvent.Ended ended(int code, ReplacementReason reason) {
        return new PoolEvent.Ended(
                WORKER, new ExitStatus(code), reason, Duration.ofMinutes(1), Duration.ofMillis(1500));
    }

    @Test
    void metricsOfMonocerosHaveItsNamesTypesAndLabels() throws IOException {
        recordAll();
        TextFormat.Page page = scrape();
        assertThat(page.types())
                .containsEntry("monoceros_workerpool_worker_state", "gauge")
                .containsEntry("monoceros_workerpool_restarts_total", "counter")
                .containsEntry("monoceros_workerpool_process_cpu_seconds_total", "counter")
                .containsEntry("monoceros_workerpool_process_start_time_seconds", "gauge")
                .containsEntry("monoceros_supervisor_sigterm_received", "gauge");
        assertThat(page.samples())
                .containsEntry("monoceros_workerpool_worker_state{pool=\"web\",state=\"running\"}", "2.0")
                .containsEntry("monoceros_workerpool_worker_state{pool=\"web\",state=\"terminated\"}", "1.0")
                .containsEntry("monoceros_workerpool_restarts_total{pool=\"web\",worker_type=\"worker\"}", "1.0")
                .containsEntry("monoceros_workerpool_sigkill_total{pool=\"web\"}", "1.0")
                .containsEntry("monoceros_workerpool_limits_events_total{limit_event=\"time\",pool=\"web\"}", "1.0")
                .containsEntry("monoceros_workerpool_limits_events_total{limit_event=\"memory\",pool=\"web\"}", "1.0")
                .containsEntry("monoceros_workerpool_failed_to_parse_log_json_total", "7.0")
                .containsEntry("monoceros_supervisor_sigterm_received", "1.0")
                .containsEntry("monoceros_supervisor_proxy_mode", "0.0")
                .containsEntry("monoceros_workerpool_process_cpu_seconds_total{pool=\"web\",worker=\"web-0\"}", "12.5")
                .containsEntry("monoceros_workerpool_process_open_fds{pool=\"web\",worker=\"web-0\"}", "8.0")
                .containsEntry("monoceros_workerpool_process_max_fds{pool=\"web\",worker=\"web-0\"}", "1024.0")
                .containsKeys(
                        "monoceros_workerpool_process_virtual_memory_bytes{pool=\"web\",worker=\"web-0\"}",
                        "monoceros_workerpool_process_virtual_memory_max_bytes{pool=\"web\",worker=\"web-0\"}",
                        "monoceros_workerpool_process_resident_memory_bytes{pool=\"web\",worker=\"web-0\"}",
                        "monoceros_workerpool_process_start_time_seconds{pool=\"web\",worker=\"web-0\"}");
        assertThat(page.samples().keySet())
                .anyMatch(it -> it.startsWith("monoceros_build_info{") && it.contains("version=\"1.2.3\""))
                .anyMatch(it -> it.startsWith("jvm_memory_used_bytes"))
                .anyMatch(it -> it.startsWith("process_cpu_seconds_total"))
                .noneMatch(it -> it.contains("process_open_fds{") && it.contains("web-1"));
    }

    @Test
    void proxyModeIsReported() throws IOException {
        pool.change(pool.spec()
                .but()
                .listening(new Listening.Proxied(
                        9000,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 10000),
                        "random",
                        "/",
                        Duration.ZERO))
                .build());
        assertThat(scrape().value("monoceros_supervisor_proxy_mode")).isEqualTo(1);
    }

    @Test
    void eventsAreCountedByReason() throws IOException {
        recordAll();
        assertThat(scrape().samples())
                .containsEntry("supervisor_restarts_total{pool=\"web\",reason=\"crash\"}", "1.0")
                .containsEntry("supervisor_exits_total{cause=\"exit\",pool=\"web\",status=\"3\"}", "1.0")
                .containsEntry("supervisor_exits_total{cause=\"signal\",pool=\"web\",status=\"TERM\"}", "1.0")
                .containsEntry("supervisor_exits_total{cause=\"oom\",pool=\"web\",status=\"KILL\"}", "1.0")
                .containsEntry("supervisor_kills_total{pool=\"web\",reason=\"lifespan\"}", "1.0")
                .containsEntry("supervisor_condemned_total{pool=\"web\",reason=\"memory\"}", "1.0")
                .containsEntry("supervisor_recycle_seconds_sum{pool=\"web\",reason=\"memory\"}", "2.0")
                .containsEntry("supervisor_stop_seconds_sum{pool=\"web\",reason=\"memory\"}", "1.5")
                .doesNotContainKey("supervisor_stop_seconds_sum{pool=\"web\",reason=\"crash\"}")
                .containsEntry("supervisor_drain_seconds_sum{pool=\"web\"}", "0.3")
                .containsEntry("supervisor_requests_cut_total{pool=\"web\"}", "4.0")
                .containsEntry("supervisor_given_up_total{pool=\"web\"}", "1.0")
                .containsEntry("supervisor_restart_pause_seconds_sum{pool=\"web\"}", "2.0")
                .containsEntry("supervisor_time_to_ready_seconds_sum{pool=\"web\"}", "4.0");
    }

    @Test
    void onlyTheFirstReadinessOfAProcessIsMeasured() throws IOException {
        record(
                new PoolEvent.Changed(at(WorkerState.READY, T0, T0.plusSeconds(1)), WorkerState.STARTING),
                new PoolEvent.Changed(at(WorkerState.RUNNING, T0, T0.plusSeconds(50)), WorkerState.READY),
                new PoolEvent.Changed(at(WorkerState.READY, T0, T0.plusSeconds(60)), WorkerState.RUNNING));
        assertThat(scrape().value("supervisor_time_to_ready_seconds_count{pool=\"web\"}"))
                .isEqualTo(1);
        assertThat(scrape().value("supervisor_time_to_ready_seconds_sum{pool=\"web\"}"))
                .isEqualTo(1);
    }

    @Test
    void theStateOfPoolsAndWorkersIsReported() throws IOException {
        TextFormat.Page page = scrape();
        assertThat(page.samples())
                .containsEntry("supervisor_workers{pool=\"web\",state=\"ready\"}", "2.0")
                .containsEntry("supervisor_workers{pool=\"web\",state=\"failed\"}", "1.0")
                .containsEntry("supervisor_workers{pool=\"web\",state=\"backing-off\"}", "0.0")
                .containsEntry("supervisor_replicas_desired{pool=\"web\"}", "3.0")
                .containsEntry("supervisor_replicas_ready{pool=\"web\"}", "2.0")
                .containsEntry("supervisor_recycles_due{pool=\"web\",reason=\"memory\"}", "1.0")
                .containsEntry("supervisor_pool_paused{pool=\"web\"}", "0.0")
                .containsEntry("supervisor_worker_limit{limit=\"lifespan\",pool=\"web\"}", "14400.0")
                .containsEntry("supervisor_worker_troubled{pool=\"web\",worker=\"web-2\"}", "1.0")
                .containsEntry("supervisor_worker_ready{pool=\"web\",worker=\"web-2\"}", "0.0")
                .containsEntry("supervisor_worker_session_open_files{pool=\"web\",worker=\"web-0\"}", "7.0")
                .containsEntry("supervisor_output_dropped_lines_total", "5.0")
                .containsEntry("supervisor_output_dropped_bytes_total", "500.0")
                .containsEntry("supervisor_shutdown_in_progress", "1.0");
        assertThat(page.value("supervisor_connection_imbalance{pool=\"web\"}")).isEqualTo(1.25);
        assertThat(page.value("supervisor_pool_imbalance_ratio{of=\"requests\",pool=\"web\"}"))
                .isCloseTo(1.5, within(0.01));
    }

    @Test
    void countersBeginAtZero() throws IOException {
        assertThat(scrape().samples())
                .containsEntry("supervisor_restarts_total{pool=\"web\",reason=\"open-files\"}", "0.0")
                .containsEntry("monoceros_workerpool_sigkill_total{pool=\"web\"}", "0.0")
                .containsEntry("supervisor_given_up_total{pool=\"web\"}", "0.0");
    }

    @Test
    void theConfigHashDependsOnNoValueOfAVariable() throws IOException {
        double before = scrape().value("supervisor_pool_config_hash{pool=\"web\"}");
        pool.change(spec().but().environment(Map.of("PASSWORD", "other")).build());
        assertThat(scrape().value("supervisor_pool_config_hash{pool=\"web\"}")).isEqualTo(before);
        pool.change(spec().but().stop("INT", Duration.ofSeconds(1)).build());
        assertThat(scrape().value("supervisor_pool_config_hash{pool=\"web\"}")).isNotEqualTo(before);
        assertThat(text()).doesNotContain("hunter2").doesNotContain("PASSWORD");
    }

    @Test
    void openMetricsIsWrittenOnRequest() throws IOException {
        String accept = "application/openmetrics-text;version=1.0.0";
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        metrics.write(accept, out);
        assertThat(out.toString(StandardCharsets.UTF_8)).endsWith("# EOF\n");
        assertThat(metrics.contentType(accept)).startsWith("application/openmetrics-text");
        assertThat(metrics.contentType(null)).startsWith("text/plain; version=0.0.4");
    }

    /** A renamed metric would leave a panel of the dashboard empty. */
    @Test
    void everyMetricOfTheDashboardExists() throws IOException {
        recordAll();
        String dashboard = Files.readString(Path.of("../docs/grafana-supervisor.json"));
        Set<String> named = new TreeSet<>(Pattern.compile("\\b(?:monoceros|supervisor|jvm|process)_[a-z_]+[a-z]")
                .matcher(dashboard)
                .results()
                .map(MatchResult::group)
                .toList());
        Set<String> scraped = new TreeSet<>();
        scrape().samples().keySet().forEach(sample -> scraped.add(sample.replaceAll("\\{.*", "")));
        assertThat(named).hasSizeGreaterThan(15);
        assertThat(scraped).containsAll(named);
    }
}
