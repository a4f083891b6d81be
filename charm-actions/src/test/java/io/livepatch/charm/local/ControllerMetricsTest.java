package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.common.file.DiskSpace;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.supervisor.SupervisorException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ControllerMetricsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final UnitName UNIT = new UnitName("haproxy", 0);

    private final ControllerMetrics metrics = new ControllerMetrics(() -> "supervisor_replicas_ready 2.0\n");

    @Test
    void callsStepsAndActionsAreCounted() {
        metrics.called(UNIT, ControllerMetrics.Result.OK, Duration.ofMillis(30));
        metrics.called(UNIT, ControllerMetrics.Result.FAILED, Duration.ofMillis(30));
        metrics.stepped(UNIT, true, Duration.ofSeconds(3));
        metrics.ended(UNIT, "get-certificate", ActionRecord.Outcome.COMPLETED);

        assertThat(metrics.text())
                .contains("livepatch_controller_reconcile_seconds_count{application=\"haproxy\",result=\"ok\"} 1")
                .contains("livepatch_controller_reconcile_seconds_count{application=\"haproxy\",result=\"failed\"} 1")
                .contains("livepatch_controller_step_seconds_sum{application=\"haproxy\",result=\"failed\"} 3.0")
                .contains("livepatch_controller_actions_total{action=\"get-certificate\",application=\"haproxy\","
                        + "outcome=\"completed\"} 1.0");
    }

    @Test
    void unitsAreCountedByStatusAndLeavingOnesAreTimed() {
        Map<String, CharmMetadata> charms = Map.of("haproxy", CharmMetadata.read("haproxy"));
        Model model =
                new ModelChange.Deploy("haproxy", "haproxy", 2, Map.of()).applyTo(Model.empty("127.0.10"), charms);
        model = new ModelChange.RemoveUnits(List.of("haproxy/0")).applyTo(model, charms);
        Model leaving = new ModelChange.LeaveUnit(UNIT, NOW.minusSeconds(90)).applyTo(model, charms);
        UnitStatusRegistry statuses = new UnitStatusRegistry(() -> NOW);
        statuses.status(UNIT, UnitStatus.active("serves"));
        metrics.observe(() -> leaving, statuses, () -> NOW);

        assertThat(metrics.text())
                .contains("livepatch_controller_units{application=\"haproxy\",status=\"active\"} 1.0")
                .contains("livepatch_controller_units{application=\"haproxy\",status=\"waiting\"} 1.0")
                .contains("livepatch_controller_unit_leaving_seconds{unit=\"haproxy/0\"} 90.0");
    }

    @Test
    void disksAndCertificatesOfUnitsAreReported() {
        Map<String, CharmMetadata> charms = Map.of("haproxy", CharmMetadata.read("haproxy"));
        Model model =
                new ModelChange.Deploy("haproxy", "haproxy", 1, Map.of()).applyTo(Model.empty("127.0.10"), charms);
        UnitStatusRegistry statuses = new UnitStatusRegistry(() -> NOW);
        metrics.observe(() -> model, statuses, () -> NOW);
        assertThat(metrics.text()).doesNotContain("directory=").doesNotContain("kind=");

        statuses.figures(UNIT, new Outcome.Figures(Map.of("log", new DiskSpace(5, 20)), Map.of("leaf", NOW)));

        assertThat(metrics.text())
                .contains("livepatch_controller_disk_free_bytes{directory=\"log\",unit=\"haproxy/0\"} 5.0")
                .contains("livepatch_controller_disk_size_bytes{directory=\"log\",unit=\"haproxy/0\"} 20.0")
                .contains("livepatch_controller_certificate_not_after_seconds{kind=\"leaf\","
                        + "unit=\"haproxy/0\"} 1.7672256E9");
    }

    @Test
    void theyAreServedOnLoopback() throws Exception {
        metrics.forced(UNIT);
        try (AdminEndpoint endpoint = metrics.serve(0);
                HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + endpoint.address().getPort() + "/metrics");

            HttpResponse<String> answer =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
            assertThat(answer.body())
                    .contains("livepatch_controller_forced_removals_total{application=\"haproxy\"} 1.0")
                    .contains("supervisor_replicas_ready 2.0");
        }
    }

    @Test
    void aTakenPortIsNoFailureAndASupervisorThatIsAwayNeither() throws Exception {
        try (AdminEndpoint endpoint = metrics.serve(0)) {
            metrics.serveIfFree(endpoint.address().getPort());
        }
        ControllerMetrics alone = new ControllerMetrics(() -> {
            throw new SupervisorException.Unavailable("the supervisor does not answer");
        });
        alone.forced(UNIT);
        assertThat(alone.text())
                .contains("livepatch_controller_forced_removals_total")
                .endsWith("# the supervisor does not answer\n");
    }
}
