package io.livepatch.fleet.workload;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.Business;
import io.livepatch.fleet.protocol.CallLimiter;
import io.livepatch.fleet.protocol.CallPolicy;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.stats.Recorder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes a flock's business of its work. */
public final class WorkloadFactory {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int REFUSALS = 10;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);
    private static final long FEW_BYTES = 128 << 10;

    private final Target target;
    private final String run;
    private final InstantSource clock;
    private final RandomGenerator random;

    /**
     * Businesses with this target.
     *
     * @param run names the run: the same on all its replicas, another one for another run, or its machines are those of the first
     * @param random thread-safe
     */
    public WorkloadFactory(Target target, String run, InstantSource clock, RandomGenerator random) {
        this.target = target;
        this.run = run;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Complains of all these flocks at once, if they cannot be run; opens nothing.
     *
     * @throws IllegalArgumentException if the target has no token, and the work of some needs one
     * @throws IllegalStateException if {@link JdkHttp#prepare} came too late, and connections are to be closed
     */
    public void check(Collection<Flock> flocks) {
        List<String> enrolling = flocks.stream()
                .filter(flock -> !(flock.work() instanceof Workload.EmptyLoop))
                .map(Flock::name)
                .toList();
        if (target.authToken().isEmpty() && !enrolling.isEmpty()) {
            throw noToken(enrolling);
        }
        if (target.transport().newConnections() && !enrolling.isEmpty()) {
            JdkHttp.requireClosing();
        }
    }

    private static IllegalArgumentException noToken(List<String> flocks) {
        return new IllegalArgumentException(
                "the machines of '%s' enrol, and there is no auth token; give server.auth-token-file"
                        .formatted(String.join("', '", flocks)));
    }

    /**
     * What the monkeys of that flock do. Opens an HTTP client, which the business closes.
     *
     * @throws IllegalArgumentException if the target has no token, and the work needs one
     * @throws IllegalStateException if {@link JdkHttp#prepare} came too late, and connections are to be closed
     */
    public Business of(Flock flock) {
        return switch (flock.work()) {
            case Workload.EmptyLoop _ -> new EmptyLoop();
            case Workload.CheckIn(Workload.Pace _, double fetching) ->
                playing(flock, measuring(target.transport().timeout()), new Scenario.Polling(fetching, random));
            case Workload.Fetch _ -> playing(flock, measuring(target.transport().timeout()), new Scenario.Fetching());
            case Workload.EnrollChurn _ ->
                playing(flock, measuring(target.transport().timeout()), new Scenario.Churning());
            case Workload.ThunderingHerd _ -> playing(flock, tireless(), new Scenario.Herd());
            case Workload.SlowReader(Workload.Pace _, long bytesPerSecond) ->
                playing(flock, measuring(silence(bytesPerSecond)), new Scenario.SlowReading(bytesPerSecond));
            case Workload.Misbehaving _ ->
                playing(
                        flock,
                        measuring(target.transport().timeout()),
                        new MisbehavingScenario(target.server().toString()));
        };
    }

    private Business playing(Flock flock, CallPolicy callPolicy, Scenario scenario) {
        Secret token = target.authToken().orElseThrow(() -> noToken(List.of(flock.name())));
        MachineIdentities machineIdentities = new MachineIdentities(flock, run, token, random);
        JdkHttp http = JdkHttp.open(target);
        CallLimiter callLimiter = new CallLimiter(target.transport().inFlight());
        List<LivepatchClient> clients = http.clients().stream()
                .map(client -> new LivepatchClient(target.server(), client, callPolicy, clock, random)
                        .withLimiter(callLimiter))
                .toList();
        return new ScenarioWorkload(
                new FlockContext(http, clients, target.transport().newConnections(), machineIdentities), scenario);
    }

    /** Comes back when it is told to; anything else that goes wrong is a result. */
    private CallPolicy measuring(Duration silence) {
        return new CallPolicy(
                REFUSALS,
                Duration.ofMillis(500),
                LONGEST_PAUSE,
                target.transport().timeout(),
                silence,
                longest(silence, HOUR),
                true);
    }

    /** Comes back whatever happens: how long it takes until it is served is the result. */
    private CallPolicy tireless() {
        return new CallPolicy(
                Integer.MAX_VALUE,
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                target.transport().timeout(),
                target.transport().timeout(),
                longest(target.transport().timeout(), HOUR));
    }

    /** Whoever reads slowly sees nothing for a while after it has read what the HTTP client hands over at once. */
    private Duration silence(long bytesPerSecond) {
        return longest(target.transport().timeout(), Duration.ofSeconds(FEW_BYTES / bytesPerSecond));
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    /** The machines of a flock, each of which plays one scenario. */
    private static final class ScenarioWorkload implements Business {
        private final FlockContext flockContext;
        private final Scenario scenario;

        ScenarioWorkload(FlockContext flockContext, Scenario scenario) {
            this.flockContext = flockContext;
            this.scenario = scenario;
        }

        @Override
        public void prepare(int monkey, Recorder recorder) throws InterruptedException {
            scenario.prepare(monkey, flockContext.turn(monkey, recorder));
        }

        @Override
        public void turn(int monkey, Recorder recorder) throws InterruptedException {
            scenario.play(monkey, flockContext.turn(monkey, recorder));
        }

        @Override
        public void forget(int monkey) {
            flockContext.machines().forget(monkey);
        }

        @Override
        public void close() {
            flockContext.close();
        }
    }

    /** {@code empty-loop}: turns without calls, to measure the generator itself. */
    private static final class EmptyLoop implements Business {

        @Override
        public void turn(int monkey, Recorder recorder) {}

        @Override
        public void forget(int monkey) {}

        @Override
        public void close() {}
    }
}
