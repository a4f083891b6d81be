package io.livepatch.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts a {@link PoolSpec} together. Not safe for threads. */
public final class PoolSpecBuilder {

    private final String name;
    private List<String> command;
    private int replicas = 1;
    private Duration startSpacing = Duration.ZERO;
    private ProcessEnvironment processEnvironment = ProcessEnvironment.PLAIN;
    private Optional<LogSpec> log = Optional.empty();
    private StopPolicy stop = StopPolicy.DEFAULT;
    private RestartPolicy restart = RestartPolicy.DEFAULT;
    private Optional<HealthCheck> ready = Optional.empty();
    private Optional<HealthCheck> live = Optional.empty();
    private Limits limits = Limits.NONE;
    private ReplacementPolicy replacementPolicy = ReplacementPolicy.DEFAULT;
    private Listening listening = new Listening.Unmanaged();

    PoolSpecBuilder(String name, List<String> command) {
        this.name = name;
        this.command = command;
    }

    PoolSpecBuilder(PoolSpec from) {
        this(from.name(), from.command());
        replicas = from.replicas();
        startSpacing = from.startSpacing();
        processEnvironment = from.surroundings();
        log = from.log();
        stop = from.stop();
        restart = from.restart();
        ready = from.ready();
        live = from.live();
        limits = from.limits();
        replacementPolicy = from.recycling();
        listening = from.listening();
    }

    public PoolSpecBuilder command(List<String> to) {
        command = to;
        return this;
    }

    public PoolSpecBuilder replicas(int to) {
        replicas = to;
        return this;
    }

    public PoolSpecBuilder startSpacing(Duration to) {
        startSpacing = to;
        return this;
    }

    public PoolSpecBuilder surroundings(ProcessEnvironment to) {
        processEnvironment = to;
        return this;
    }

    /** The surroundings as they are, with these variables of its own. */
    public PoolSpecBuilder environment(Map<String, String> to) {
        return surroundings(processEnvironment.withEnvironment(to));
    }

    /** Where the output goes, with default sizes. */
    public PoolSpecBuilder log(Path file) {
        return log(LogSpec.of(file));
    }

    public PoolSpecBuilder log(LogSpec to) {
        log = Optional.of(to);
        return this;
    }

    public PoolSpecBuilder stop(String signal, Duration timeout) {
        stop = new StopPolicy(signal, timeout);
        return this;
    }

    public PoolSpecBuilder restart(RestartPolicy to) {
        restart = to;
        return this;
    }

    public PoolSpecBuilder ready(HealthCheck to) {
        ready = Optional.of(to);
        return this;
    }

    public PoolSpecBuilder live(HealthCheck to) {
        live = Optional.of(to);
        return this;
    }

    public PoolSpecBuilder limits(Limits to) {
        limits = to;
        return this;
    }

    public PoolSpecBuilder recycling(ReplacementPolicy to) {
        replacementPolicy = to;
        return this;
    }

    public PoolSpecBuilder listening(Listening to) {
        listening = to;
        return this;
    }

    /**
     * The spec.
     *
     * @throws SupervisorException.InvalidSpec when it cannot be meant
     */
    public PoolSpec build() {
        return new PoolSpec(
                name,
                command,
                replicas,
                startSpacing,
                processEnvironment,
                log,
                stop,
                restart,
                ready,
                live,
                limits,
                replacementPolicy,
                listening);
    }
}
