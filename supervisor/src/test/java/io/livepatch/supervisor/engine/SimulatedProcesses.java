package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.probe.Probes;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import io.livepatch.supervisor.process.Processes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Simulated processes, each with a {@link SimulatedBehavior}, and a balancer that loses answers. */
final class SimulatedProcesses implements Processes, Probes, Processes.UsageReader, Balancer {

    static final long TOO_MUCH = 2_000;

    private final SimulatedLoop loop;
    private final RandomGenerator random;
    private final Runnable watch;
    private final Map<String, Simulated> present = new HashMap<>();
    private final Set<String> starting = new HashSet<>();
    private final Map<String, Integer> launches = new HashMap<>();
    private final Set<String> entered = new HashSet<>();
    private final Map<String, CompletableFuture<Void>> entering = new HashMap<>();
    private final Map<String, Instant> ended = new HashMap<>();
    private final Set<String> hung = new HashSet<>();
    private Instant forgiven = Instant.MIN;
    private Function<String, SimulatedBehavior> fates;
    private boolean proxied;
    private boolean closed;
    private boolean reliableBalancer;
    private long nextPid = 1;

    /** {@code watch} is called whenever the set of serving processes may have changed. */
    SimulatedProcesses(
            SimulatedLoop loop, RandomGenerator random, Function<String, SimulatedBehavior> fates, Runnable watch) {
        this.loop = loop;
        this.random = random;
        this.fates = fates;
        this.watch = watch;
    }

    void behave(Function<String, SimulatedBehavior> from) {
        fates = from;
    }

    void proxied(boolean reliable) {
        proxied = true;
        reliableBalancer = reliable;
    }

    /** From now on a start fails the test. */
    void closed() {
        closed = true;
    }

    boolean isEmpty() {
        return present.isEmpty() && starting.isEmpty();
    }

    /** Running and starting processes. */
    int count() {
        return present.size() + starting.size();
    }

    int launches(String label) {
        return launches.getOrDefault(label, 0);
    }

    Optional<Instant> ended(String label) {
        return Optional.ofNullable(ended.get(label));
    }

    /** The number of processes that would answer a request now. */
    long serving() {
        return present.values().stream().filter(Simulated::serves).count();
    }

    /** The longest time that a process which once passed a live check has given no answer, without being stopped. */
    Duration longestSilence() {
        return present.values().stream()
                .filter(process -> process.proven && process.silent() && !process.told)
                .map(process -> Duration.between(process.silentSince(), loop.instant()))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    /** Restarts the measurement of unanswered time. */
    void forgiveSilence() {
        forgiven = loop.instant();
    }

    /** Whether the latest process of this worker was killed without a stop signal. */
    boolean wasHung(String label) {
        return hung.contains(label);
    }

    @Override
    public void launch(Start start, Watcher watcher) {
        String label = start.label();
        assertThat(closed).as("%s is started after the close", label).isFalse();
        assertThat(present).as("%s is started once at a time", label).doesNotContainKey(label);
        assertThat(starting.add(label))
                .as("%s is started once at a time", label)
                .isTrue();
        launches.merge(label, 1, Integer::sum);
        SimulatedBehavior fate = fates.apply(label);
        loop.schedule(fate.start(), () -> {
            starting.remove(label);
            if (fate.missing()) {
                ended.put(label, loop.instant());
                watcher.failed("no such file");
            } else {
                Simulated process = new Simulated(nextPid++, label, fate, watcher);
                present.put(label, process);
                hung.remove(label);
                watcher.launched(process);
            }
        });
    }

    @Override
    public void check(
            Probe probe, WorkerPorts ports, Duration timeout, Start worker, Consumer<Optional<ProbeFailure>> answer) {
        boolean live = probe instanceof Probe.Tcp;
        loop.schedule(Duration.ofMillis(random.nextInt(500)), () -> {
            Simulated process = present.get(worker.label());
            if (process != null && process.silent()) {
                loop.schedule(timeout, () -> answer.accept(Optional.of(ProbeFailure.noAnswer("nothing"))));
                return;
            }
            boolean passes = process != null && (live ? process.answers() : process.ready());
            if (passes && live) {
                process.proven = true;
            }
            answer.accept(passes ? Optional.empty() : Optional.of(ProbeFailure.badAnswer("not yet")));
        });
    }

    @Override
    public void count(Limits.Counter counter, WorkerPorts ports, Duration timeout, Consumer<OptionalLong> answer) {
        answer.accept(OptionalLong.empty());
    }

    @Override
    public void measure(Set<Long> sessions, Consumer<Map<Long, ResourceUsage>> answer) {
        Map<Long, ResourceUsage> found = new HashMap<>();
        present.values().stream()
                .filter(process -> sessions.contains(process.pid))
                .forEach(process -> found.put(process.pid, process.usage()));
        loop.schedule(Duration.ofMillis(random.nextInt(200)), () -> answer.accept(found));
    }

    @Override
    public CompletionStage<Void> enter(Target worker) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        entering.put(worker.id(), done);
        loop.schedule(Duration.ofMillis(random.nextInt(1_000)), () -> {
            if (!entering.remove(worker.id(), done) || (!reliableBalancer && random.nextInt(3) == 0)) {
                done.completeExceptionally(new IllegalStateException("it does not run"));
            } else {
                entered.add(worker.id());
                done.complete(null);
            }
        });
        return done;
    }

    @Override
    public CompletionStage<Departure> leave(Target worker, Duration patience) {
        CompletableFuture<Departure> done = new CompletableFuture<>();
        entered.remove(worker.id());
        entering.remove(worker.id());
        watch.run();
        if (reliableBalancer || random.nextInt(3) > 0) {
            Duration took = Duration.ofMillis(random.nextInt(1 + (int) patience.toMillis()));
            loop.schedule(took, () -> done.complete(new Departure(took, 0)));
        }
        return done;
    }

    @Override
    public void remove(Target worker) {
        entering.remove(worker.id());
        entered.remove(worker.id());
    }

    @Override
    public CompletionStage<List<Long>> requests(List<Target> workers) {
        return CompletableFuture.completedFuture(workers.stream().map(_ -> 0L).toList());
    }

    @Override
    public void close() {}

    private final class Simulated implements Running {

        private final long pid;
        private final String label;
        private final SimulatedBehavior fate;
        private final Watcher watcher;
        private final Instant launched = loop.instant();
        private boolean proven;
        private boolean told;
        private boolean over;

        Simulated(long pid, String label, SimulatedBehavior fate, Watcher watcher) {
            this.pid = pid;
            this.label = label;
            this.fate = fate;
            this.watcher = watcher;
            fate.crash().ifPresent(uptime -> endIn(uptime, 1));
        }

        private boolean past(Optional<Duration> time) {
            return time.isPresent()
                    && !Duration.between(launched, loop.instant())
                            .minus(time.get())
                            .isNegative();
        }

        boolean ready() {
            return past(fate.ready()) && answers();
        }

        boolean answers() {
            return !past(fate.hang());
        }

        /** Like a stopped process. */
        boolean silent() {
            return fate.mute() && !answers();
        }

        Instant silentSince() {
            Instant hangs = launched.plus(fate.hang().orElseThrow());
            return hangs.isAfter(forgiven) ? hangs : forgiven;
        }

        boolean serves() {
            return ready() && !told && (!proxied || entered.contains(label));
        }

        ResourceUsage usage() {
            return new ResourceUsage(1, past(fate.leak()) ? TOO_MUCH : 1, Duration.ZERO, 3, OptionalLong.empty());
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public void signal(String name) {}

        @Override
        public void signalLeader(String name) {}

        @Override
        public void terminate(String signal) {
            assertThat(entered)
                    .as("%s is terminated while it is in the balancer", label)
                    .doesNotContain(label);
            told = true;
            watch.run();
            fate.stop().ifPresent(time -> endIn(time, 0));
        }

        @Override
        public void kill() {
            assertThat(told || closed || silent())
                    .as("%s is killed without a stop signal although it answers", label)
                    .isTrue();
            if (!told) {
                hung.add(label);
            }
            told = true;
            endIn(fate.kill(), 137);
        }

        private void endIn(Duration time, int code) {
            loop.schedule(time, () -> {
                if (!over) {
                    over = true;
                    present.remove(label);
                    ended.put(label, loop.instant());
                    watcher.exited(new ExitStatus(code));
                    watch.run();
                }
            });
        }
    }
}
