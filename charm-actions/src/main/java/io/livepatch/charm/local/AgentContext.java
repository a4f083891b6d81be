package io.livepatch.charm.local;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.charm.wire.ModelDirectory;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The dependencies that all agents share.
 *
 * @param services makes the services of each unit
 * @param threads makes the threads of one purpose. Platform threads: a program that one starts dies with it (parent death
 *     signal)
 * @param directoryMode of units' directories: another user must pass through them when the controller is root
 * @param wake makes the controller plan again
 */
record AgentContext(
        ModelDirectory home,
        ModelStore store,
        ServicesFactory services,
        Function<String, ExecutorService> threads,
        UnitStatusRegistry statuses,
        ControllerMetrics metrics,
        String directoryMode,
        Runnable wake,
        InstantSource clock) {

    /** Makes the services of a unit. */
    @FunctionalInterface
    interface ServicesFactory {
        /**
         * The services of a unit, which may run already.
         *
         * @param onChange called with the name of a service whose state has changed, on any thread
         */
        UnitServices of(UnitName unit, Consumer<String> onChange);
    }
}
