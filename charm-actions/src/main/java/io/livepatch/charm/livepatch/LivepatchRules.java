package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Demand;
import io.livepatch.charm.api.CharmMetadata.Violation;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The rules of the livepatch charm's options, and the database connections of its units. */
final class LivepatchRules {
    private static final String POOL = "database.connection-pool-max";
    /** One connection listens for changes of the catalog, one checks whether the database accepts writes. */
    private static final int OUTSIDE_THE_POOL = 2;
    /** Workers that run in addition during a replacement ({@link WorkerPool}). */
    private static final long REPLACEMENTS = 1;
    /** Connections of a patch store in the catalog's database. */
    private static final int FOR_PATCHES = 4;

    static final CharmMetadata METADATA = LivepatchFormats.addTo(CharmMetadata.read("livepatch"))
            .withScaling(PatchStorage::limit)
            .withRules(LivepatchRules::violations)
            .withTaken(new Demand(
                    "database",
                    LivepatchRules::connections,
                    "set fewer " + WorkerSettings.COUNT
                            + " (one more is counted, which runs while another is replaced) or a smaller " + POOL))
            .withData(PatchStorage::goesWithItsUnit);

    private LivepatchRules() {}

    private static List<Violation> violations(CharmConfig config) {
        List<Violation> all = new ArrayList<>(PatchStorage.violations(config));
        long last = (long) WorkerSettings.FIRST_PORT + config.number(WorkerSettings.COUNT);
        LivepatchYaml.Listen.parse(config.string(LivepatchYaml.ADDRESS), "127.0.0.1")
                .filter(listen -> listen.port() >= WorkerSettings.FIRST_PORT && listen.port() <= last)
                .ifPresent(listen -> all.add(new Violation(
                        Set.of(LivepatchYaml.ADDRESS, WorkerSettings.COUNT),
                        LivepatchYaml.ADDRESS + " has port " + listen.port() + ", and the workers of the unit use "
                                + WorkerSettings.FIRST_PORT + " to " + last
                                + " themselves: set another one, such as :8080")));
        return all;
    }

    /**
     * The connections to the database that one unit takes at most. While its workers are replaced one by one, both the next worker
     * and the one in whose place it comes have connections: the next has to be ready before the other drains, and the other keeps
     * its connections until it has ended. A new configuration replaces the workers of all units at the same time.
     */
    static long connections(CharmConfig config) {
        boolean patches = PatchStorage.type(config).equals(PatchStorage.POSTGRES)
                && config.text(PatchStorage.DSN).isEmpty();
        return (config.number(WorkerSettings.COUNT) + REPLACEMENTS)
                * (config.number(POOL) + OUTSIDE_THE_POOL + (patches ? FOR_PATCHES : 0));
    }
}
