package io.livepatch.fleet.cli;

import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.fleet.api.ApiServer;
import io.livepatch.fleet.api.ApiSettings;
import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.config.FleetConfig.Discovery;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.load.FlockRun.Limits;
import io.livepatch.fleet.replica.FlockCodec;
import io.livepatch.fleet.replica.Membership;
import io.livepatch.fleet.replica.PostgresMembership;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.ReplicaSettings;
import io.livepatch.fleet.replica.RunDatabase;
import io.livepatch.fleet.replica.RunView;
import io.livepatch.fleet.replica.RunView.LoadGap;
import io.livepatch.fleet.replica.StaticMembership;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.report.RunReport.Environment;
import io.livepatch.fleet.report.RunReport.Event;
import io.livepatch.fleet.report.RunReport.FlockReport;
import io.livepatch.fleet.workload.WorkloadFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The composition root of a replica, from {@link #start} to {@link #close}. */
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
     * Joins the other replicas and starts the flocks of the configuration.
     *
     * @param served whether to serve the API although there are no other replicas
     */
    static ReplicaRuntime start(FleetConfig config, boolean served, InstantSource clock) {
        ReplicaSettings settings = settings(config);
        WorkloadFactory workloadFactory = new WorkloadFactory(
                config.server(),
                settings.run(),
                clock,
                () -> ThreadLocalRandom.current().nextLong());
        // First, so that a flock without a token is a usage error and not a failed run.
        workloadFactory.check(config.flocks());
        Membership membership = membership(config.replicas(), settings, clock);
        FlockRun.Starter runs = new FlockRun.LocalStarter(settings.index(), workloadFactory::of, clock, Limits.DEFAULT);
        Replica replica = new Replica(settings, membership, runs, new FlockYaml(), clock);
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
        FleetConfig.Replicas replicas = config.replicas();
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

    private static Membership membership(FleetConfig.Replicas replicas, ReplicaSettings settings, InstantSource clock) {
        return switch (replicas.discovery()) {
            case Discovery.Single() -> new StaticMembership(settings, List.of(settings.address()));
            case Discovery.Peers(List<URI> addresses) -> new StaticMembership(settings, addresses);
            case Discovery.Database database ->
                new PostgresMembership(settings, RunDatabase.at(database.dsn().reveal(), settings.lostAfter()), clock);
        };
    }

    Replica replica() {
        return replica;
    }

    /** The URL of the API, if it is served. */
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

    /**
     * Creates the report of the whole run from a replica's view.
     *
     * @param name of the configuration
     * @param end of the last iteration
     * @param stackEvents events of the stack
     */
    static RunReport report(RunView view, String name, Instant end, List<Event> stackEvents) {
        Instant begin = view.flocks().stream()
                .map(flock -> flock.begin())
                .min(Comparator.naturalOrder())
                .orElse(end);
        List<Event> events = Stream.concat(
                        view.annotations().stream().map(mark -> new Event(mark.at(), mark.text(), "mark")),
                        stackEvents.stream())
                .filter(event -> !event.at().isBefore(begin) && !event.at().isAfter(end))
                .sorted(Comparator.comparing(Event::at))
                .toList();
        return new RunReport(
                name,
                begin,
                end.isBefore(begin) ? begin : end,
                view.replicas().size(),
                view.flocks().stream()
                        .map(flock -> FlockReport.of(flock.flock(), flock.stats()))
                        .toList(),
                view.loadGaps().stream()
                        .map(shortfall -> shortfall(shortfall, end))
                        .toList(),
                events,
                Environment.here());
    }

    private static RunReport.Shortfall shortfall(LoadGap seen, Instant end) {
        Instant covered = seen.covered().isAfter(end) ? end : seen.covered();
        return new RunReport.Shortfall(seen.from(), covered, seen.to().orElse(end), Set.of(seen.replica()));
    }

    /** Replicas exchange flocks in the form of a file. */
    private static final class FlockYaml implements FlockCodec {
        @Override
        public Flock read(String text) {
            try {
                return FleetConfig.readFlock(text);
            } catch (ConfigException e) {
                throw new Invalid(
                        e.problems().stream().map(ConfigProblem::toString).toList());
            }
        }

        @Override
        public Map<String, Object> write(Flock flock) {
            return FleetConfig.flockTree(flock);
        }
    }
}
