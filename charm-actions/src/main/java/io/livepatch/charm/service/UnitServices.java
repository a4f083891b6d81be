package io.livepatch.charm.service;

import io.livepatch.charm.api.Unit.Services;
import io.livepatch.supervisor.WorkerInfo;
import java.util.List;
import java.util.Map;

/** The services of one unit, with what a substrate needs of them beside its charm. */
public interface UnitServices extends Services, AutoCloseable {

    /** All processes of the unit, by service. Called by any thread. */
    Map<String, List<WorkerInfo>> workers();

    /** Stops all services gracefully, also those that an earlier program started, and waits for their end; later starts are refused. */
    void stopAll();

    /** Releases what this object holds; the services run on. */
    @Override
    void close();
}
