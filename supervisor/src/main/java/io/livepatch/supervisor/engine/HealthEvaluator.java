package io.livepatch.supervisor.engine;

import static io.livepatch.supervisor.WorkerState.READY;
import static io.livepatch.supervisor.WorkerState.RUNNING;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.ProcessRun.ProbeCounter;
import io.livepatch.supervisor.engine.Worker.Transition;
import io.livepatch.supervisor.engine.WorkerAction.Check;
import io.livepatch.supervisor.engine.WorkerAction.Condemn;
import io.livepatch.supervisor.engine.WorkerAction.Enter;
import io.livepatch.supervisor.engine.WorkerAction.Wake;
import io.livepatch.supervisor.engine.WorkerEvent.Look;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What is thought of a process while it works: whether it is ready, alive, and within its limits. Pure, as its caller is. */
final class HealthEvaluator {

    /** Before a balancer that could not take a worker in is asked again. */
    private static final Duration ENTER_AGAIN = Duration.ofSeconds(1);

    /** Between looks at a worker that has not been ready yet. */
    private static final Duration IMPATIENCE = Duration.ofMillis(100);

    private final PoolSpec spec;
    private final RandomGenerator random;

    HealthEvaluator(PoolSpec spec, RandomGenerator random) {
        this.spec = spec;
        this.random = random;
    }

    /**
     * What comes of a live check.
     *
     * @param hopeless why a process that was never alive has no more time, when that is so
     */
    record Verdict(Transition step, Optional<String> hopeless) {
        static Verdict of(Transition step) {
            return new Verdict(step, Optional.empty());
        }
    }

    /** The process is there: everything that is watched begins to be watched. */
    Transition begin(Worker starting, Instant now) {
        int run = starting.run().number();
        List<WorkerAction> actions = new ArrayList<>();
        Worker worker = starting.to(RUNNING, now);
        if (spec.ready().isPresent()) {
            actions.add(new Check(run, Look.READY));
        } else {
            Transition step = pass(worker, now);
            worker = step.worker();
            actions.addAll(step.actions());
        }
        spec.live()
                .ifPresent(check -> actions.add(new Wake(
                        run, WorkerTimer.LIVE_CHECK, untilNextLive(check, ProbeCounter.NONE, false, Duration.ZERO))));
        spec.limits().lifespan().ifPresent(span -> actions.add(new Wake(run, WorkerTimer.LIFESPAN, drawn(span))));
        return new Transition(worker, List.copyOf(actions));
    }

    /** Other rules hold from now on: what is watched begins anew, and the time that it has lived counts. */
    Transition rejudge(Worker worker, Instant now) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        int run = worker.run().number();
        List<WorkerAction> actions = new ArrayList<>();
        actions.add(
                spec.ready().isPresent()
                        ? new Check(run, Look.READY)
                        : new Wake(run, WorkerTimer.ENTER, Duration.ZERO));
        spec.live().ifPresent(_ -> actions.add(new Check(run, Look.LIVE)));
        spec.limits().lifespan().ifPresent(span -> {
            Duration left = drawn(span).minus(worker.uptime(now));
            actions.add(new Wake(run, WorkerTimer.LIFESPAN, left.isNegative() ? Duration.ZERO : left));
        });
        return new Transition(worker, List.copyOf(actions));
    }

    private Duration drawn(Duration lifespan) {
        double share = spec.limits().jitter() * random.nextDouble();
        return lifespan.plusNanos((long) (lifespan.toNanos() * share));
    }

    /** Nothing is against its being ready, unless the balancer has yet to take it in. */
    private Transition pass(Worker worker, Instant now) {
        boolean proxied = spec.listening() instanceof Listening.Proxied;
        if (!proxied || worker.run().entry() == ProcessRun.Entry.IN) {
            Worker well = worker.run().condemned().isPresent() ? worker : worker.withoutProblem();
            return Transition.of(
                    well.state() == READY
                            ? well
                            : well.to(READY, now).with(well.run().readyOnce(now)));
        }
        if (worker.run().entry() == ProcessRun.Entry.ASKED) {
            return Transition.of(worker);
        }
        Worker asked = worker.with(worker.run().withEntry(ProcessRun.Entry.ASKED))
                .withProblem("waits until the balancer takes it in");
        return Transition.of(asked, new Enter(worker.run().number()));
    }

    Transition entered(Worker worker, Optional<String> failure, Instant now) {
        if (worker.run().entry() != ProcessRun.Entry.ASKED) {
            return Transition.of(worker);
        }
        if (failure.isPresent()) {
            Worker outside = worker.with(worker.run().withEntry(ProcessRun.Entry.OUTSIDE))
                    .withProblem("not in the balancer: " + failure.get());
            return Transition.of(outside, new Wake(worker.run().number(), WorkerTimer.ENTER, ENTER_AGAIN));
        }
        Worker in = worker.with(worker.run().withEntry(ProcessRun.Entry.IN));
        boolean well = spec.ready().map(in.run().ready()::good).orElse(true);
        return in.state() == RUNNING && well ? pass(in, now) : Transition.of(in);
    }

    Transition ready(Worker worker, Optional<ProbeFailure> failure, Instant now) {
        HealthCheck check = spec.ready().orElse(null);
        if (check == null) {
            // The check was taken away while it was made.
            return worker.state() == RUNNING ? pass(worker, now) : Transition.of(worker);
        }
        ProbeCounter probeCounter = tally(worker.run().ready(), check, failure, worker.uptime(now));
        Wake next = new Wake(worker.run().number(), WorkerTimer.READY_CHECK, untilNext(check, probeCounter));
        Worker judged = worker.with(worker.run().withReady(probeCounter));
        if (failure.isEmpty()) {
            return (probeCounter.good(check) ? pass(judged, now) : Transition.of(judged)).then(next);
        }
        boolean stillReady = judged.state() == READY && !probeCounter.bad(check);
        Worker known = stillReady
                ? judged
                : judged.withProblem("not ready: " + failure.get().why());
        return Transition.of(known.state() == READY && !stillReady ? known.to(RUNNING, now) : known, next);
    }

    /** Checks a new worker more often than the interval until its first success, unless the check is a command. */
    private static Duration untilNext(HealthCheck check, ProbeCounter probeCounter) {
        return cheap(check) && !probeCounter.proven() && check.interval().compareTo(IMPATIENCE) > 0
                ? IMPATIENCE
                : check.interval();
    }

    Verdict live(Worker worker, Optional<ProbeFailure> failure, Instant now) {
        HealthCheck check = spec.live().orElse(null);
        if (check == null) {
            return Verdict.of(Transition.of(worker));
        }
        boolean silent = failure.filter(ProbeFailure::silent).isPresent();
        ProbeCounter before = worker.run().live();
        ProbeCounter probeCounter = silent && wasAlive(worker.run())
                ? before.fail(failure.get())
                : tally(before, check, failure, worker.uptime(now));
        Worker judged = worker.with(worker.run().withLive(probeCounter));
        Wake next = new Wake(
                worker.run().number(),
                WorkerTimer.LIVE_CHECK,
                untilNextLive(check, probeCounter, silent, worker.uptime(now)));
        if (failure.isEmpty() || !probeCounter.bad(check)) {
            return Verdict.of(Transition.of(judged, next));
        }
        String said = failure.get().why();
        if (!probeCounter.proven() && !hung(judged.run())) {
            return new Verdict(Transition.of(judged), Optional.of("never passed a live check: " + said));
        }
        String why = probeCounter.hung(check)
                ? hung(probeCounter) + ": " + said
                : "failed %d live checks in a row: %s".formatted(probeCounter.failures(), said);
        return Verdict.of(condemn(judged, ReplacementReason.HEALTH, why).then(next));
    }

    /** The start period excuses a process that hangs until its first success, which therefore should come soon. */
    private static Duration untilNextLive(
            HealthCheck check, ProbeCounter probeCounter, boolean silent, Duration uptime) {
        boolean soon = silent || (probeCounter.excused(check, uptime) && cheap(check));
        return soon ? check.afterSilence() : check.interval();
    }

    private static boolean cheap(HealthCheck check) {
        return !(check.probe() instanceof Probe.Command);
    }

    /** Whether a process that was alive gives no answer any more. */
    boolean hangs(Worker worker) {
        return worker.working() && hung(worker.run());
    }

    /** The same of a process that may have ended since. */
    boolean hung(ProcessRun run) {
        return wasAlive(run) && spec.live().filter(run.live()::hung).isPresent();
    }

    /** One that was ready is past its start, even if its first live check has not been made yet. */
    private boolean wasAlive(ProcessRun run) {
        return run.live().proven() || (spec.ready().isPresent() && run.readyAt().isPresent());
    }

    /** As it stands in problems. */
    static String hung(ProbeCounter probeCounter) {
        return "hangs: no answer to %d live checks in a row".formatted(probeCounter.silences());
    }

    private static ProbeCounter tally(
            ProbeCounter before, HealthCheck check, Optional<ProbeFailure> failure, Duration uptime) {
        if (failure.isEmpty()) {
            return before.pass();
        }
        return before.excused(check, uptime) ? before.excuse() : before.fail(failure.get());
    }

    Transition measured(Worker worker, ResourceUsage usage) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        Worker known = worker.with(worker.run().measured(usage));
        return exceeded(known.run().usage().orElse(usage))
                .map(excess -> condemn(known, excess.reason(), excess.why()))
                .orElseGet(() -> Transition.of(known));
    }

    private record Excess(ReplacementReason reason, String why) {}

    private Optional<Excess> exceeded(ResourceUsage usage) {
        Limits limits = spec.limits();
        if (limits.memory().isPresent()
                && usage.residentBytes() > limits.memory().getAsLong()) {
            return excess(
                    ReplacementReason.MEMORY,
                    usage.residentBytes() + " bytes resident",
                    limits.memory().getAsLong());
        }
        if (limits.cpu().isPresent() && usage.cpu().compareTo(limits.cpu().get()) > 0) {
            return excess(
                    ReplacementReason.CPU,
                    Transition.seconds(usage.cpu()) + " of CPU time",
                    Transition.seconds(limits.cpu().get()));
        }
        if (limits.openFiles().isPresent()
                && usage.openFiles() > limits.openFiles().getAsInt()) {
            return excess(
                    ReplacementReason.OPEN_FILES,
                    usage.openFiles() + " open files",
                    limits.openFiles().getAsInt());
        }
        if (limits.requests().isPresent()
                && usage.requests().orElse(0) >= limits.requests().getAsLong()) {
            return excess(
                    ReplacementReason.REQUESTS,
                    usage.requests().orElse(0) + " requests",
                    limits.requests().getAsLong());
        }
        return Optional.empty();
    }

    private static Optional<Excess> excess(ReplacementReason reason, String measured, Object limit) {
        return Optional.of(new Excess(reason, "%s, and its limit is %s".formatted(measured, limit)));
    }

    /** Once is enough for one process. */
    private static Transition condemn(Worker worker, ReplacementReason reason, String why) {
        if (worker.run().condemned().isPresent()) {
            return Transition.of(worker);
        }
        return Transition.of(
                worker.with(worker.run().condemned(reason)).withProblem("is to be replaced: " + why),
                new Condemn(reason, why));
    }

    Transition timeUp(Worker worker, WorkerTimer timer, Instant now) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        int run = worker.run().number();
        return switch (timer) {
            case READY_CHECK ->
                spec.ready().isPresent() ? Transition.of(worker, new Check(run, Look.READY)) : pass(worker, now);
            case LIVE_CHECK ->
                spec.live().isPresent() ? Transition.of(worker, new Check(run, Look.LIVE)) : Transition.of(worker);
            case ENTER -> reenter(worker, now);
            case LIFESPAN -> {
                String why = "has lived for " + Transition.seconds(worker.uptime(now));
                yield condemn(worker, ReplacementReason.LIFESPAN, why);
            }
            case RETRY, DRAIN, KILL, GIVE_UP -> throw new IllegalArgumentException(timer + " is no matter of health");
        };
    }

    private Transition reenter(Worker worker, Instant now) {
        boolean well = spec.ready().map(worker.run().ready()::good).orElse(true);
        return worker.state() == WorkerState.RUNNING && well ? pass(worker, now) : Transition.of(worker);
    }
}
