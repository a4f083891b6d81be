package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm.ActionCall;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.livepatch.LivepatchCharm;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.UnitSnapshot;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The livepatch charm's action restart is pending until all workers are replaced. */
class RestartActionTest {
    private final LivepatchCharm charm = new LivepatchCharm(InstantSource.system());
    private final RestartedServices services = new RestartedServices();

    @TempDir
    private Path directory;

    /** Services that are only restarted and looked at. */
    private static final class RestartedServices extends NoServices {
        private Optional<ServiceState> state = Optional.empty();
        private int restarts;

        @Override
        public void restart(String name) {
            restarts++;
        }

        @Override
        public Optional<ServiceState> state(String name) {
            return state;
        }
    }

    private static Optional<ServiceState> state(int ready, boolean upToDate, Optional<String> problem) {
        return Optional.of(new ServiceState(
                "livepatch-server",
                ServiceState.Phase.READY,
                "",
                Optional.empty(),
                0,
                problem,
                Optional.empty(),
                Optional.of(new WorkerPool(2, new WorkerPool.Entrance.SharedPort(), "127.0.10.1", 8080, 18_000)),
                ready,
                upToDate ? ready : 0,
                upToDate));
    }

    private ActionAnswer ask(Map<String, String> progress) {
        Model model = new ModelChange.Deploy("livepatch", "livepatch", 1, Map.of())
                .applyTo(Model.empty("127.0.10"), Map.of("livepatch", charm.metadata()));
        LocalUnit unit = new LocalUnit(
                model,
                UnitSnapshot.of(model, new UnitName("livepatch", 0)),
                charm.metadata().effective(Map.of()),
                new LocalUnit.Place(directory, directory, services),
                new UnitStatusRegistry(InstantSource.system()),
                new ControllerMetrics(() -> ""),
                _ -> {});
        return charm.actions().get("restart").run(unit, new ActionCall(Map.of(), progress));
    }

    private Map<String, String> begin() {
        services.state = state(2, true, Optional.empty());
        return ((ActionAnswer.Pending) ask(Map.of())).progress();
    }

    @Test
    void endsWhenAllWorkersAreReplacedAndReady() {
        Map<String, String> begun = begin();

        services.state = state(2, false, Optional.empty());
        assertThat(ask(begun)).isInstanceOf(ActionAnswer.Pending.class);
        services.state = state(1, true, Optional.empty());
        assertThat(ask(begun)).isInstanceOf(ActionAnswer.Pending.class);
        services.state = state(2, true, Optional.empty());
        assertThat(ask(begun)).isEqualTo(ActionResult.of("restarted", "true"));
        assertThat(services.restarts).isEqualTo(1);
    }

    @Test
    void tellsWhyWorkersAreNotReplaced() {
        Map<String, String> begun = begin();
        services.state = state(2, false, Optional.of("a new process ended by itself"));

        assertThat(ask(begun))
                .isInstanceOfSatisfying(
                        ActionAnswer.Pending.class,
                        pending -> assertThat(pending.waitingFor())
                                .endsWith(
                                        "those that are not replaced yet keep serving: a new process ended by itself"));
    }

    @Test
    void failsWithoutAServer() {
        assertThatThrownBy(() -> ask(Map.of()))
                .isInstanceOf(CharmException.class)
                .hasMessage("the server of 'livepatch/0' does not run; its status says why");
    }

    /** The new controller asks it after the first call of the charm, which may have to wait for the database. */
    @Test
    void continuesAfterACrashOfTheControllerWhenTheServerIsStarted() {
        Map<String, String> begun = begin();
        services.state = Optional.empty();

        assertThat(ask(begun))
                .isEqualTo(new ActionAnswer.Pending(
                        "the server of 'livepatch/0' does not run; its status says why", begun));
        services.state = state(2, true, Optional.empty());
        assertThat(ask(begun)).isEqualTo(ActionResult.of("restarted", "true"));
    }
}
