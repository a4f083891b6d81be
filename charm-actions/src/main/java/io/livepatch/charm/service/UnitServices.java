package io.livepatch.charm.local;

import io.livepatch.charm.api.Unit.Services;
import io.livepatch.charm.api.UnitName;
import io.livepatch.supervisor.WorkerInfo;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The services of one unit, with what the controller needs of them beside its charm. */
interface UnitServices extends Services, AutoCloseable {

    /** All processes of the unit, by service. Called by any thread. */
    Map<String, List<WorkerInfo>> workers();

    /** Stops all services gracefully and waits for their end. */
    @Override
    void close();

    /** Makes the services of a unit. */
    @FunctionalInterface
    interface Factory {
        /**
         * The services of a unit, none of which runs yet.
         *
         * @param onChange called with the name of a service whose state has changed, on any thread
         */
        UnitServices of(UnitName unit, Consumer<String> onChange);
    }
}
