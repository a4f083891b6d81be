package io.livepatch.charm.local;

import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.engine.Supervisor;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * What all agents share.
 *
 * @param programs where the programs shipped with the charms are
 * @param directoryMode of units' directories: another user must pass through them when the controller is root
 * @param wake makes the controller look and plan again
 */
record AgentContext(
        ModelDirectory home,
        ModelStore store,
        Supervisor supervisor,
        UnitStatusRegistry board,
        Path programs,
        String directoryMode,
        Runnable wake,
        InstantSource clock) {}
