package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Processes that misbehave by dice, and a judge that knows what a supervisor must never do to them. */
final class SimulatedProcesses implements Processes, Checks {

    /** What one process will do, whatever its supervisor wishes. */
    private record Fate(
            boolean missing, Duration start, Optional<Duration> crash, Optional<Duration> stop, Duration kill) {

        static Fate healthy() {
            return new Fate(
                    false, Duration.ofMillis(5), Optional.empty(), Optional.of(Duration.ofMillis(50)), Duration.ZERO);
        }

        static Fate draw(RandomGenerator dice) {
            boolean slowStart = dice.nextInt(10) == 0;
            return new Fate(
                    dice.nextInt(5) == 0,
                    Duration.ofMillis(slowStart ? dice.nextInt(9_000) : dice.nextInt(50)),
                    switch (dice.nextInt(4)) {
                        case 0 -> Optional.of(Duration.ZERO);
                        case 1 -> Optional.of(Duration.ofMillis(dice.nextInt(2_000)));
                        case 2 -> Optional.of(Duration.ofMillis(dice.nextInt(120_000)));
                        default -> Optional.empty();
                    },
                    dice.nextInt(3) == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(dice.nextInt(15_000))),
                    Duration.ofMillis(dice.nextInt(3_000)));
        }
    }

    private final SimulatedLoop loop;
    private final RandomGenerator dice;
    private final Duration leastPause;
    private final Set<String> steady;
    private final Set<String> present = new HashSet<>();
    private final Map<String, Instant> ended = new HashMap<>();
    private final Map<String, Integer> launches = new HashMap<>();
    private final Set<String> ordered = new HashSet<>();
    private boolean closed;
    private long nextPid = 1;

    SimulatedProcesses(SimulatedLoop loop, RandomGenerator dice, Duration leastPause, Set<String> steady) {
        this.loop = loop;
        this.dice = dice;
        this.leastPause = leastPause;
        this.steady = steady;
    }

    /** The next start of that worker is wished for and need not wait. */
    void ordered(String label) {
        ordered.add(label);
    }

    /** From now on no start is right. */
    void closed() {
        closed = true;
    }

    Set<String> present() {
        return present;
    }

    int launches(String label) {
        return launches.getOrDefault(label, 0);
    }

    @Override
    public void launch(Start start, Watcher watcher) {
        String label = start.label();
        assertThat(closed).as("%s is started after the close", label).isFalse();
        assertThat(present.add(label)).as("%s is started once at a time", label).isTrue();
        launches.merge(label, 1, Integer::sum);
        if (ended.containsKey(label) && !ordered.remove(label)) {
            assertThat(Duration.between(ended.get(label), loop.instant()))
                    .as("pause before the next start of %s", label)
                    .isGreaterThanOrEqualTo(leastPause);
        }
        Fate fate = steady.contains(label) ? Fate.healthy() : Fate.draw(dice);
        loop.schedule(fate.start(), () -> {
            if (fate.missing()) {
                gone(label);
                watcher.failed("no such file");
            } else {
                watcher.launched(new Simulated(nextPid++, label, fate, watcher));
            }
        });
    }

    private void gone(String label) {
        present.remove(label);
        ended.put(label, loop.instant());
    }

    /** Steady workers are always ready, the others every other time. */
    @Override
    public void check(ReadyCheck check, Start worker, Consumer<Optional<String>> answer) {
        boolean passes = steady.contains(worker.label()) || dice.nextBoolean();
        Duration duration = Duration.ofMillis(dice.nextInt(1_000));
        loop.schedule(duration, () -> answer.accept(passes ? Optional.empty() : Optional.of("not yet")));
    }

    private final class Simulated implements Running {

        private final long pid;
        private final String label;
        private final Fate fate;
        private final Watcher watcher;
        private boolean over;

        Simulated(long pid, String label, Fate fate, Watcher watcher) {
            this.pid = pid;
            this.label = label;
            this.fate = fate;
            this.watcher = watcher;
            fate.crash().ifPresent(uptime -> endIn(uptime, 1));
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public void signal(String name) {}

        @Override
        public void terminate(String signal) {
            fate.stop().ifPresent(time -> endIn(time, 0));
        }

        @Override
        public void kill() {
            endIn(fate.kill(), 137);
        }

        private void endIn(Duration time, int code) {
            loop.schedule(time, () -> {
                if (!over) {
                    over = true;
                    gone(label);
                    watcher.exited(new ExitStatus(code));
                }
            });
        }
    }
}
