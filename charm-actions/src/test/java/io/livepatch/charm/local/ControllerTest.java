package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.WorkerInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The controller's steps while the model cannot be written. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ControllerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final UnitName REMOVED = new UnitName("a", 0);
    private static final UnitName OTHER = new UnitName("b", 0);

    @TempDir
    private Path directory;

    private final Set<UnitName> called = new ConcurrentSkipListSet<>();
    private volatile boolean full;
    private Controller controller;

    @BeforeEach
    void deploy() {
        ModelStore store = new ModelStore(
                new ModelStore.Disk() {
                    @Override
                    public void write(Model model) {
                        if (full) {
                            throw new CharmException("the disk is full");
                        }
                    }

                    @Override
                    public void close() {}
                },
                Model.empty("127.0.10"));
        Semaphore wake = new Semaphore(0);
        AgentContext context = new AgentContext(
                new ModelDirectory(directory),
                store,
                (_, _) -> new StoppedServices(),
                _ -> Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().daemon().factory()),
                new UnitStatusRegistry(() -> NOW),
                new ControllerMetrics(() -> ""),
                "rwx------",
                wake::release,
                () -> NOW);
        controller =
                new Controller(Map.of("sim-web", new CountingCharm()), context, wake, new SimulatedWorld.NoDaemon());
        controller.change(new ModelChange.Deploy("sim-web", "a", 1, Map.of()));
        controller.change(new ModelChange.Deploy("sim-web", "b", 1, Map.of()));
    }

    @AfterEach
    void close() {
        controller.close();
    }

    /** The end of the controller would end all services. */
    @Test
    void aStepThatFailsEndsNeitherTheControllerNorTheOtherSteps() {
        controller.step(NOW);
        controller.change(new ModelChange.RemoveUnits(List.of("a/0")));
        full = true;

        assertThat(controller.step(NOW))
                .as("whether it goes on without a pause")
                .isFalse();
        await("the charm of the other unit is called").until(() -> called.contains(OTHER));
        assertThat(leavingSince()).isEmpty();

        full = false;
        controller.step(NOW);
        assertThat(leavingSince()).contains(NOW);
    }

    private Optional<Instant> leavingSince() {
        return controller.model().unit(REMOVED).orElseThrow().leavingSince();
    }

    private final class CountingCharm implements Charm {
        private final CharmMetadata metadata = CharmMetadata.read("sim-web");

        @Override
        public CharmMetadata metadata() {
            return metadata;
        }

        @Override
        public Outcome reconcile(Unit unit) {
            called.add(unit.name());
            return Outcome.of(UnitStatus.active(""));
        }

        @Override
        public Map<String, Action> actions() {
            return Map.of();
        }
    }

    /** Services of which none runs. */
    private static final class StoppedServices extends NoServices implements UnitServices {
        @Override
        public Map<String, List<WorkerInfo>> workers() {
            return Map.of();
        }

        @Override
        public void stopAll() {}

        @Override
        public void close() {}
    }
}
