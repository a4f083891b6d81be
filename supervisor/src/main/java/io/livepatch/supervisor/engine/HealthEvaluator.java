package io.livepatch.supervisor.engine;

import static io.livepatch.supervisor.WorkerState.READY;
import static io.livepatch.supervisor.WorkerState.RUNNING;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.engine.ProcessRun.BalancerState;
import io.livepatch.supervisor.engine.ProcessRun.ProbeCounter;
import io.livepatch.supervisor.engine.Worker.Transition;
import io.livepatch.supervisor.engine.WorkerAction.Check;
import io.livepatch.supervisor.engine.WorkerAction.EnterBalancer;
import io.livepatch.supervisor.engine.WorkerAction.MarkForReplacement;
import io.livepatch.supervisor.engine.WorkerAction.StartTimer;
import io.livepatch.supervisor.engine.WorkerEvent.CheckType;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Evaluates a running worker: readiness, liveness and resource limits. Pure function of the worker's state, the event and the
 * clock, like {@link WorkerStateMachine}, which calls it.
 */
final class HealthEvaluator {

    private static final Duration BALANCER_RETRY_DELAY = Duration.ofSeconds(1);
    /** Between ready checks of a worker that has not been ready yet. */
    private static final Duration STARTUP_CHECK_INTERVAL = Duration.ofMillis(100);
    /** Of a command, each run of which costs several processes. */
    private static final Duration STARTUP_COMMAND_INTERVAL = Duration.ofSeconds(1);

    private final PoolSpec spec;
    private final RandomGenerator random;

    HealthEvaluator(PoolSpec spec, RandomGenerator random) {
        this.spec = spec;
        this.random = random;
    }

    /**
     * The result of a live check.
     *
     * @param failedStart why a process that never passed a live check has to be stopped, if it has
     */
    record LiveResult(Transition transition, Optional<String> failedStart) {
        static LiveResult of(Transition transition) {
            return new LiveResult(transition, Optional.empty());
        }
    }

    /** The process was launched: starts its checks and its lifespan. */
    Transition launched(Worker starting, Instant now) {
        int run = starting.run().number();
        List<WorkerAction> actions = new ArrayList<>();
        Worker worker = starting.to(RUNNING, now);
        if (spec.ready().isPresent()) {
            actions.add(new Check(run, CheckType.READY));
        } else {
            Transition transition = passed(worker, now);
            worker = transition.worker();
            actions.addAll(transition.actions());
        }
        spec.live()
                .ifPresent(check -> actions.add(new StartTimer(
                        run, WorkerTimer.LIVE_CHECK, liveCheckDelay(check, ProbeCounter.NONE, false, Duration.ZERO))));
        spec.limits()
                .drawLifespan(random)
                .ifPresent(span -> actions.add(new StartTimer(run, WorkerTimer.LIFESPAN, span)));
        return new Transition(worker, List.copyOf(actions));
    }

    /** Health checks or limits have changed: restarts the checks; the lifespan still counts from the launch. */
    Transition restartChecks(Worker worker, Instant now) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        int run = worker.run().number();
        List<WorkerAction> actions = new ArrayList<>();
        actions.add(
                spec.ready().isPresent()
                        ? new Check(run, CheckType.READY)
                        : new StartTimer(run, WorkerTimer.ENTER_BALANCER, Duration.ZERO));
        spec.live().ifPresent(_ -> actions.add(new Check(run, CheckType.LIVE)));
        spec.limits().drawLifespan(random).ifPresent(span -> {
            Duration left = span.minus(worker.uptime(now));
            actions.add(new StartTimer(run, WorkerTimer.LIFESPAN, left.isNegative() ? Duration.ZERO : left));
        });
        return new Transition(worker, List.copyOf(actions));
    }

    /** The ready check passes: the worker is READY, in proxy mode once the balancer has accepted it. */
    private Transition passed(Worker worker, Instant now) {
        BalancerState balancer = worker.run().balancerState();
        if (!(spec.listening() instanceof Listening.Proxied) || balancer == BalancerState.IN) {
            Worker healthy = worker.run().replacementReason().isPresent() ? worker : worker.withoutProblem();
            return Transition.of(
                    healthy.state() == READY
                            ? healthy
                            : healthy.to(READY, now).with(healthy.run().ready(now)));
        }
        if (balancer == BalancerState.ENTERING) {
            return Transition.of(worker);
        }
        Worker entering = worker.with(worker.run().withBalancerState(BalancerState.ENTERING))
                .withProblem("waits until the balancer takes it in");
        return Transition.of(entering, new EnterBalancer(worker.run().number()));
    }

    Transition enteredBalancer(Worker worker, Optional<String> failure, Instant now) {
        if (worker.run().balancerState() != BalancerState.ENTERING) {
            return Transition.of(worker);
        }
        if (failure.isPresent()) {
            Worker out = worker.with(worker.run().withBalancerState(BalancerState.OUT))
                    .withProblem("not in the balancer: " + failure.get());
            return Transition.of(
                    out, new StartTimer(worker.run().number(), WorkerTimer.ENTER_BALANCER, BALANCER_RETRY_DELAY));
        }
        return passedIfReady(worker.with(worker.run().withBalancerState(BalancerState.IN)), now);
    }

    private Transition passedIfReady(Worker worker, Instant now) {
        boolean passing = spec.ready().map(worker.run().ready()::passing).orElse(true);
        return worker.state() == RUNNING && passing ? passed(worker, now) : Transition.of(worker);
    }

    Transition readyChecked(Worker worker, Optional<ProbeFailure> failure, Instant now) {
        HealthCheck check = spec.ready().orElse(null);
        if (check == null) {
            // The spec changed while the probe ran and has no ready check any more.
            return worker.state() == RUNNING ? passed(worker, now) : Transition.of(worker);
        }
        ProbeCounter counter = count(worker.run().ready(), check, failure, worker.uptime(now));
        StartTimer next = new StartTimer(
                worker.run().number(), WorkerTimer.READY_CHECK, readyCheckDelay(check, counter, failure));
        Worker updated = worker.with(worker.run().withReady(counter));
        if (failure.isEmpty()) {
            return (counter.passing(check) ? passed(updated, now) : Transition.of(updated)).then(next);
        }
        if (updated.state() == READY && !counter.failing(check)) {
            return Transition.of(updated, next);
        }
        Worker notReady = updated.withProblem("not ready: " + failure.get().why());
        return Transition.of(notReady.state() == READY ? notReady.to(RUNNING, now) : notReady, next);
    }

    /** Checks more often than the interval what is to become ready soon: a new worker, and with a command one that is not ready. */
    private static Duration readyCheckDelay(HealthCheck check, ProbeCounter counter, Optional<ProbeFailure> failure) {
        boolean soon = cheap(check) ? !counter.everPassed() : failure.isPresent();
        Duration shortest = cheap(check) ? STARTUP_CHECK_INTERVAL : STARTUP_COMMAND_INTERVAL;
        return soon && check.interval().compareTo(shortest) > 0 ? shortest : check.interval();
    }

    LiveResult liveChecked(Worker worker, Optional<ProbeFailure> failure, Instant now) {
        HealthCheck check = spec.live().orElse(null);
        if (check == null) {
            return LiveResult.of(Transition.of(worker));
        }
        boolean unanswered = failure.filter(ProbeFailure::unanswered).isPresent();
        ProbeCounter before = worker.run().live();
        ProbeCounter counter = unanswered && startedUp(worker.run())
                ? before.fail(failure.get())
                : count(before, check, failure, worker.uptime(now));
        Worker updated = worker.with(worker.run().withLive(counter));
        StartTimer next = new StartTimer(
                worker.run().number(),
                WorkerTimer.LIVE_CHECK,
                liveCheckDelay(check, counter, unanswered, worker.uptime(now)));
        if (failure.isEmpty() || !counter.failing(check)) {
            return LiveResult.of(Transition.of(updated, next));
        }
        String reason = failure.get().why();
        if (!counter.everPassed() && !hung(updated.run())) {
            return new LiveResult(Transition.of(updated), Optional.of("never passed a live check: " + reason));
        }
        String why = counter.hung(check)
                ? hangProblem(counter) + ": " + reason
                : "failed %d live checks in a row: %s".formatted(counter.failures(), reason);
        return LiveResult.of(
                markForReplacement(updated, ReplacementReason.HEALTH, why).then(next));
    }

    /** A process that hangs before its first success is excused for the whole start period, so the first success is sought early. */
    private static Duration liveCheckDelay(
            HealthCheck check, ProbeCounter counter, boolean unanswered, Duration uptime) {
        boolean soon = unanswered || (counter.inStartPeriod(check, uptime) && cheap(check));
        return soon ? check.retryInterval() : check.interval();
    }

    private static boolean cheap(HealthCheck check) {
        return !(check.probe() instanceof Probe.Command);
    }

    /** Whether a process that had started up gives no answer any more. */
    boolean hangs(Worker worker) {
        return worker.working() && hung(worker.run());
    }

    /** As {@link #hangs}, also for a process that has ended since. */
    boolean hung(ProcessRun run) {
        return startedUp(run) && spec.live().filter(run.live()::hung).isPresent();
    }

    /** A process that was ready has started up, even if its first live check is still to come. */
    private boolean startedUp(ProcessRun run) {
        return run.live().everPassed()
                || (spec.ready().isPresent() && run.readyAt().isPresent());
    }

    static String hangProblem(ProbeCounter counter) {
        return "hangs: no answer to %d live checks in a row".formatted(counter.unanswered());
    }

    private static ProbeCounter count(
            ProbeCounter before, HealthCheck check, Optional<ProbeFailure> failure, Duration uptime) {
        if (failure.isEmpty()) {
            return before.pass();
        }
        return before.inStartPeriod(check, uptime) ? before.ignoreFailure() : before.fail(failure.get());
    }

    Transition measured(Worker worker, ResourceUsage usage) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        Worker updated = worker.with(worker.run().measured(usage));
        return spec.limits()
                .exceededBy(updated.run().usage().orElse(usage))
                .map(excess -> markForReplacement(updated, excess.reason(), excess.why()))
                .orElseGet(() -> Transition.of(updated));
    }

    /** Idempotent for one process. */
    private static Transition markForReplacement(Worker worker, ReplacementReason reason, String why) {
        if (worker.run().replacementReason().isPresent()) {
            return Transition.of(worker);
        }
        return Transition.of(
                worker.with(worker.run().markedForReplacement(reason)).withProblem("is to be replaced: " + why),
                new MarkForReplacement(reason, why));
    }

    Transition timerExpired(Worker worker, WorkerTimer timer, Instant now) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        int run = worker.run().number();
        return switch (timer) {
            case READY_CHECK ->
                spec.ready().isPresent() ? Transition.of(worker, new Check(run, CheckType.READY)) : passed(worker, now);
            case LIVE_CHECK ->
                spec.live().isPresent() ? Transition.of(worker, new Check(run, CheckType.LIVE)) : Transition.of(worker);
            case ENTER_BALANCER -> passedIfReady(worker, now);
            case LIFESPAN ->
                markForReplacement(
                        worker, ReplacementReason.LIFESPAN, "has lived for " + Transition.seconds(worker.uptime(now)));
            case RETRY, DRAIN, KILL, GIVE_UP ->
                throw new IllegalArgumentException(timer + " is not a timer of the health checks");
        };
    }
}
