package io.livepatch.charm.local;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.service.SupervisorServices;
import io.livepatch.supervisor.control.PoolState;
import io.livepatch.supervisor.control.SupervisorClient;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The supervisor, which runs all units and the controller. Thread-safe. */
interface Daemon {
    /** Why it does not answer; empty while it does. */
    Optional<String> problem();

    /** Whether it is shutting down. */
    boolean stopping();

    /** Makes it stop all processes and end. */
    void shutdown();

    /** Begins to stop what is left of units that the model does not have, such as after it was replaced by a copy. */
    void stopServicesOfOthers(Model model);

    /** Ends the connection to it. */
    void close();

    static Daemon of(SupervisorClient client) {
        return new OfClient(client);
    }

    /** A supervisor in a process of its own. */
    record OfClient(SupervisorClient client) implements Daemon {
        private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

        @Override
        public Optional<String> problem() {
            return client.problem();
        }

        @Override
        public boolean stopping() {
            return client.stopping();
        }

        @Override
        public void shutdown() {
            client.shutdown();
        }

        @Override
        public void stopServicesOfOthers(Model model) {
            Set<String> units = model.units().stream().map(UnitName::fileName).collect(Collectors.toSet());
            client.pools().stream()
                    .filter(pool -> SupervisorServices.unit(pool)
                            .filter(unit -> !units.contains(unit))
                            .isPresent())
                    .map(PoolState::name)
                    .forEach(pool -> {
                        LOG.warn("{} is stopped: its unit is not in the model", pool);
                        Thread.ofVirtual().name("stop of " + pool).start(() -> client.stop(pool));
                    });
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
