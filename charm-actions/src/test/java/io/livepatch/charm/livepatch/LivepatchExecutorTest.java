package io.livepatch.charm.livepatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit.Services;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** The restart of the server waits for its workers, because the action reports the result. */
class LivepatchExecutorTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    /** Services that show one state after the other; the last one stays. */
    private static final class ShownServices implements Services {
        private final Queue<Optional<ServiceState>> states;
        private int restarts;
        private int queries;

        ShownServices(List<Optional<ServiceState>> states) {
            this.states = new ArrayDeque<>(states);
        }

        @Override
        public void ensure(ServiceSpec spec) {
            throw new AssertionError(spec + " was started");
        }

        @Override
        public void stop(String name) {
            throw new AssertionError(name + " was stopped");
        }

        @Override
        public void restart(String name) {
            restarts++;
        }

        @Override
        public Optional<ServiceState> state(String name) {
            queries++;
            return states.size() > 1 ? states.remove() : states.element();
        }
    }

    private static Optional<ServiceState> state(int ready, boolean upToDate) {
        return Optional.of(new ServiceState(
                LivepatchExecutor.SERVICE,
                ServiceState.Phase.READY,
                "",
                Optional.empty(),
                0,
                Optional.of("a new process ended by itself"),
                Optional.empty(),
                Optional.of(
                        new WorkerSettings(2, "shared-port").workerPool(new LivepatchYaml.Listen("127.0.10.1", 8080))),
                ready,
                upToDate));
    }

    @Test
    void endsWhenAllWorkersAreReplacedAndReady() {
        ShownServices services = new ShownServices(List.of(state(2, false), state(1, true), state(2, true)));

        assertThatCode(() -> LivepatchExecutor.restart(services, LONG)).doesNotThrowAnyException();

        assertThat(services.restarts).isEqualTo(1);
        assertThat(services.queries).isEqualTo(3);
    }

    @Test
    void tellsWhyWorkersAreNotReplacedInTime() {
        assertThatThrownBy(() ->
                        LivepatchExecutor.restart(new ShownServices(List.of(state(2, false))), Duration.ofMillis(1)))
                .isInstanceOf(CharmException.class)
                .hasMessage("not all of livepatch-server could be replaced; the others keep serving:"
                        + " a new process ended by itself");
    }

    @Test
    void failsIfTheServerIsStoppedMeanwhile() {
        assertThatThrownBy(() ->
                        LivepatchExecutor.restart(new ShownServices(List.of(state(2, false), Optional.empty())), LONG))
                .isInstanceOf(CharmException.class)
                .hasMessage("livepatch-server was stopped while it was restarted");
    }
}
