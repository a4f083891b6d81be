package io.livepatch.fleet.cli;

import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.fleet.api.ApiServer;
import io.livepatch.fleet.api.ApiSettings;
import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.config.FlockFormat;
import io.livepatch.fleet.config.ReplicasConfig;
import io.livepatch.fleet.config.ReplicasConfig.Meeting;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRuns;
import io.livepatch.fleet.load.Limits;
import io.livepatch.fleet.load.LocalFlockRuns;
import io.livepatch.fleet.replica.FlockCodec;
import io.livepatch.fleet.replica.Membership;
import io.livepatch.fleet.replica.PostgresMembership;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.ReplicaSettings;
import io.livepatch.fleet.replica.RunDatabase;
import io.livepatch.fleet.replica.StaticMembership;
import io.livepatch.fleet.workload.WorkloadFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** One replica at work, from {@link #start} to {@link #close}: the composition root. */
final class ReplicaRuntime implements AutoCloseable {
    private final Membership membership;
    private final Replica replica;
    private final @Nullable AdminEndpoint api;

    private ReplicaRuntime(Membership membership, Replica replica, @Nullable AdminEndpoint api) {
        this.membership = membership;
        this.replica = replica;
        this.api = api;
    }

    /**
     * Joins the other replicas, if there are any, and starts the flocks of the file with them.
     *
     * @param served whether the API is wanted though nobody else needs it
     */
    static ReplicaRuntime start(FleetConfig config, boolean served, InstantSource clock) {
        ReplicaSettings settings = settings(config);
        WorkloadFactory workloadFactory = new WorkloadFactory(
                config.server(),
                settings.run(),
                clock,
                () -> ThreadLocalRandom.current().nextLong());
        // Before anything is opened, so that a flock without a token is a complaint and not a failed run.
        workloadFactory.check(config.flocks());
        Membership membership = membership(config.replicas(), settings, clock);
        FlockRuns runs = new LocalFlockRuns(settings.index(), workloadFactory::of, clock, Limits.USUAL);
        Replica replica = new Replica(settings, membership, runs, new WrittenFlocks(), clock);
        @Nullable AdminEndpoint api = null;
        try {
            if (served || settings.count() > 1) {
                api = ApiServer.start(
                        new ApiSettings(config.api().listen(), config.api().token(), Version.current()), replica);
            }
            replica.start(config.flocks());
            return new ReplicaRuntime(membership, replica, api);
        } catch (RuntimeException e) {
            if (api != null) {
                api.close();
            }
            membership.close();
            throw e;
        }
    }

    private static ReplicaSettings settings(FleetConfig config) {
        ReplicasConfig replicas = config.replicas();
        return new ReplicaSettings(
                replicas.run(),
                replicas.index(),
                replicas.count(),
                replicas.address().orElseGet(() -> address(config.api().listen())),
                replicas.lostAfter(),
                replicas.startTimeout(),
                config.api().token());
    }

    private static URI address(InetSocketAddress listen) {
        return URI.create("http://%s:%d".formatted(listen.getHostString(), listen.getPort()));
    }

    private static Membership membership(ReplicasConfig replicas, ReplicaSettings settings, InstantSource clock) {
        return switch (replicas.meeting()) {
            case Meeting.Alone() -> Membership.alone();
            case Meeting.Peers(List<URI> addresses) -> new StaticMembership(settings, addresses);
            case Meeting.Database database ->
                new PostgresMembership(settings, RunDatabase.at(database.dsn().reveal(), settings.lostAfter()), clock);
        };
    }

    Replica replica() {
        return replica;
    }

    /** Where the API is, if it is served. */
    Optional<URI> address() {
        return Optional.ofNullable(api).map(AdminEndpoint::address).map(ReplicaRuntime::address);
    }

    @Override
    public void close() {
        replica.close();
        if (api != null) {
            api.close();
        }
        membership.close();
    }

    /** Flocks on their way between replicas are written as in a file. */
    private static final class WrittenFlocks implements FlockCodec {
        @Override
        public Flock read(String text) {
            try {
                return FlockFormat.read(text);
            } catch (ConfigException e) {
                throw new Invalid(
                        e.problems().stream().map(ConfigProblem::toString).toList());
            }
        }

        @Override
        public Map<String, Object> write(Flock flock) {
            return FlockFormat.write(flock);
        }
    }
}
