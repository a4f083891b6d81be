package io.livepatch.charm.local;

import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit.Services;
import java.util.Optional;

/** The services of a unit of which none is to be changed; a subclass allows what its test expects. */
class NoServices implements Services {
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
        throw new AssertionError(name + " was restarted");
    }

    @Override
    public Optional<ServiceState> state(String name) {
        return Optional.empty();
    }
}
