package io.livepatch.fleet.workload;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.WorkloadRunner;
import io.livepatch.fleet.protocol.CallLimiter;
import io.livepatch.fleet.protocol.CallListener;
import io.livepatch.fleet.protocol.CallPolicy;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.stats.Recorder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Makes the {@link WorkloadRunner} of a flock. */
public final class WorkloadFactory {
    private static final Duration MAX_CALL = Duration.ofHours(1);
    private static final int MAX_REFUSALS = 10;
    private static final Duration MAX_PAUSE = Duration.ofMinutes(2);
    private static final long BUFFERED_BYTES = 128 << 10;

    private final Target target;
    private final String run;
    private final InstantSource clock;
    private final RandomGenerator random;

    /**
     * Opens nothing.
     *
     * @param run the run's name: the same on all its replicas; another run with the same name has the same machines
     * @param random thread-safe
     */
    public WorkloadFactory(Target target, String run, InstantSource clock, RandomGenerator random) {
        this.target = target;
        this.run = run;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Checks all flocks at once; opens nothing.
     *
     * @throws IllegalArgumentException if the target has no token, and a workload needs one
     * @throws IllegalStateException if connections are to be closed, and {@link JdkHttp#prepare} came too late
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
     * Opens HTTP clients, which the runner closes.
     *
     * @throws IllegalArgumentException if the target has no token, and the workload needs one
     * @throws IllegalStateException if connections are to be closed, and {@link JdkHttp#prepare} came too late
     */
    public WorkloadRunner of(Flock flock) {
        Duration timeout = target.transport().timeout();
        return switch (flock.work()) {
            case Workload.EmptyLoop _ -> new EmptyLoop();
            case Workload.CheckIn(Workload.Pace _, double fetching) ->
                runner(flock, withoutRetries(timeout), new Scenario.Polling(fetching, random));
            case Workload.Fetch _ -> runner(flock, withoutRetries(timeout), new Scenario.Fetching());
            case Workload.EnrollChurn _ -> runner(flock, withoutRetries(timeout), new Scenario.Churning());
            case Workload.ThunderingHerd _ -> runner(flock, untilServed(), new Scenario.Herd());
            case Workload.SlowReader(Workload.Pace _, long bytesPerSecond) ->
                runner(flock, withoutRetries(silence(bytesPerSecond)), new Scenario.SlowReading(bytesPerSecond));
            case Workload.Misbehaving _ ->
                runner(
                        flock,
                        withoutRetries(timeout),
                        new MisbehavingScenario(target.server().toString()));
        };
    }

    private WorkloadRunner runner(Flock flock, CallPolicy policy, Scenario scenario) {
        Secret token = target.authToken().orElseThrow(() -> noToken(List.of(flock.name())));
        MachineIdentities machines = new MachineIdentities(flock, run, token, random);
        JdkHttp http = JdkHttp.open(target);
        CallLimiter limiter = new CallLimiter(target.transport().inFlight());
        List<LivepatchClient> clients = http.clients().stream()
                .map(client -> new LivepatchClient(target.server(), client, policy, clock, random).withLimiter(limiter))
                .toList();
        return new ScenarioRunner(scenario, http, clients, target.transport().newConnections(), machines);
    }

    /** Retries only what the server postpones; any other failure is a result. */
    private CallPolicy withoutRetries(Duration silence) {
        return new CallPolicy(
                MAX_REFUSALS,
                Duration.ofMillis(500),
                MAX_PAUSE,
                target.transport().timeout(),
                silence,
                Collections.max(List.of(silence, MAX_CALL)),
                true);
    }

    /** Retries after any failure: the time until it is served is the result. */
    private CallPolicy untilServed() {
        Duration timeout = target.transport().timeout();
        return new CallPolicy(
                Integer.MAX_VALUE,
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                timeout,
                timeout,
                Collections.max(List.of(timeout, MAX_CALL)));
    }

    /** A slow reader gets nothing new from the HTTP client until it has read what the client buffers. */
    private Duration silence(long bytesPerSecond) {
        return Collections.max(
                List.of(target.transport().timeout(), Duration.ofSeconds(BUFFERED_BYTES / bytesPerSecond)));
    }

    /** Plays one scenario for all machines of a flock; each machine always uses the same client. */
    private record ScenarioRunner(
            Scenario scenario,
            JdkHttp http,
            List<LivepatchClient> clients,
            boolean newConnections,
            MachineIdentities machines)
            implements WorkloadRunner {

        @Override
        public void prepare(int monkey, Recorder recorder) throws InterruptedException {
            scenario.prepare(monkey, iteration(monkey, recorder));
        }

        @Override
        public void runIteration(int monkey, Recorder recorder) throws InterruptedException {
            scenario.play(monkey, iteration(monkey, recorder));
        }

        private Iteration iteration(int monkey, Recorder recorder) {
            LivepatchClient client = clients.get(monkey % clients.size()).withListener(new AttemptRecorder(recorder));
            return new Iteration(client, newConnections ? client.closingConnections() : client, machines, recorder);
        }

        @Override
        public void forget(int monkey) {
            machines.forget(monkey);
        }

        @Override
        public void close() {
            http.close();
        }
    }

    /** Records what the result of a retried call does not show: the unit that answered, refusals, waits for the call limit. */
    private record AttemptRecorder(Recorder recorder) implements CallListener {
        private static final Set<Integer> REFUSALS = Set.of(429, 503);

        @Override
        public void onAttempt(Attempt attempt) {
            switch (attempt) {
                case Attempt.Answered answer -> answered(answer);
                case Attempt.Held _ -> recorder.held();
                case Attempt.Failed _ -> {}
            }
        }

        private void answered(Attempt.Answered answer) {
            switch (answer.responder()) {
                case Responder.Unit(String name) -> recorder.answered(name);
                case Responder.Server() -> recorder.unnamed();
                case Responder.Other _ -> {}
            }
            if (REFUSALS.contains(answer.status())) {
                recorder.refused(
                        answer.call(), answer.status(), answer.retryAfter().orElse(Duration.ZERO));
            }
        }
    }

    /** {@code empty-loop}: iterations without calls, which measure the generator itself. */
    private static final class EmptyLoop implements WorkloadRunner {

        @Override
        public void runIteration(int monkey, Recorder recorder) {}

        @Override
        public void forget(int monkey) {}

        @Override
        public void close() {}
    }
}
