package io.livepatch.supervisor.config;

import io.livepatch.common.config.DataSize;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Checks one pool: its program, probes, limits, durations and capacity. */
record PoolCheck(Diagnostic.Collector diagnostics, ConfigCheck.Host host, PoolSettings pool) {

    void check() {
        checkProcess();
        checkProbes();
        checkLimits();
        new TimeCheck(diagnostics).check(spec());
        checkHealth();
        checkReadiness();
    }

    private PoolSpec spec() {
        return pool.spec();
    }

    private void error(String key, String what) {
        diagnostics.error(spec(), key, what);
    }

    private void remark(String key, String what) {
        diagnostics.remark(spec(), key, what);
    }

    private void checkProcess() {
        ProcessEnvironment environment = spec().surroundings();
        if (!Files.isDirectory(environment.directory())) {
            error("cwd", "the directory '%s' does not exist".formatted(environment.directory()));
        } else {
            checkProgram(environment);
        }
        environment.user().ifPresent(this::checkUser);
        if (environment.nice().orElse(0) < 0 && !host.isRoot()) {
            error(
                    "nice",
                    "only root may use a negative niceness, and the supervisor runs as '%s'".formatted(host.user()));
        }
    }

    /** Looks for the program in the way in which the start of a worker does. */
    private void checkProgram(ProcessEnvironment environment) {
        String name = spec().command().getFirst();
        if (name.contains("/")) {
            Path program = environment.directory().resolve(name);
            if (!Files.exists(program)) {
                error("exec", "'%s' does not exist; is it installed?".formatted(program));
            } else if (!isExecutable(program)) {
                error("exec", "'%s' is not an executable file; check its mode".formatted(program));
            }
            return;
        }
        String path = environment
                .environment()
                .getOrDefault("PATH", host.environment().getOrDefault("PATH", ""));
        boolean found = Arrays.stream(path.split(":", -1))
                .anyMatch(directory ->
                        isExecutable(environment.directory().resolve(directory).resolve(name)));
        if (!found) {
            error("exec", "'%s' is not in PATH '%s'; is it installed?".formatted(name, path));
        }
    }

    private static boolean isExecutable(Path program) {
        return Files.isRegularFile(program) && Files.isExecutable(program);
    }

    private void checkUser(String user) {
        if (!host.users().test(user)) {
            error("user", "the user '%s' does not exist".formatted(user));
        } else if (!host.isRoot() && !user.equals(host.user())) {
            error(
                    "user",
                    "only root may start workers as '%s', and the supervisor runs as '%s'"
                            .formatted(user, host.user()));
        }
    }

    /** Checks that a probe of one worker reaches this worker and no other. */
    private void checkProbes() {
        spec().live().ifPresent(check -> checkProbe("health", check));
        spec().ready()
                .filter(check -> !spec().live().equals(spec().ready()))
                .ifPresent(check -> checkProbe("ready", check));
        spec().limits().requestCount().ifPresent(counter -> checkTarget("limits.requests_url", counter.url()));
        for (String argument : spec().command()) {
            if (namesMissingPort(argument)) {
                remark(
                        "args",
                        "'%s' is passed on unchanged, because this pool has no such port; set 'listen' or 'server'"
                                .formatted(argument));
            }
        }
    }

    private void checkProbe(String key, HealthCheck check) {
        switch (check.probe()) {
            case Probe.Http http -> checkTarget(key + ".http", http.url());
            case Probe.Tcp tcp -> checkTarget(key + ".tcp", tcp.address());
            case Probe.Command command ->
                command.command().stream()
                        .filter(this::namesMissingPort)
                        .forEach(word -> missingPort(key + ".command", word));
            case Probe.Socket _, Probe.Responsive _ ->
                throw new IllegalArgumentException("no option creates the probe " + check.probe());
        }
    }

    private void checkTarget(String key, String target) {
        if (namesMissingPort(target)) {
            missingPort(key, target);
        } else if (spec().listening() instanceof Listening.Shared shared
                && (target.contains(WorkerPorts.PORT)
                        || target.matches("(.*://)?[^/]*:%d(/.*)?"
                                .formatted(shared.address().getPort())))) {
            error(
                    key,
                    "'%s' is the port that all workers share, so any worker may answer for another; set listen.worker_port and check {worker_port}"
                            .formatted(target));
        } else if (spec().replicas() > 1 && spec().listening() instanceof Listening.Unmanaged) {
            remark(
                    key,
                    "all %d workers are checked at '%s', so one answers for all; set 'listen' or 'server', and check {worker_port} or {port}"
                            .formatted(spec().replicas(), target));
        }
    }

    private void missingPort(String key, String text) {
        String remedy = switch (spec().listening()) {
            case Listening.Unmanaged _ -> "set 'listen' or 'server'";
            case Listening.Shared _ -> "set listen.worker_port";
            case Listening.Proxied _ -> "use {port}";
        };
        error(key, "'%s' names a port that this pool does not have; %s".formatted(text, remedy));
    }

    private boolean namesMissingPort(String text) {
        String filled = spec().listening().ports(0).fill(text);
        return filled.contains(WorkerPorts.PORT) || filled.contains(WorkerPorts.WORKER_PORT);
    }

    /** Checks that each limit can be reached, and that soft limits are below hard ones. */
    private void checkLimits() {
        Limits limits = spec().limits();
        limits.memory().ifPresent(this::checkMemory);
        if (limits.openFiles().isPresent()
                && limits.hardOpenFiles().isPresent()
                && limits.openFiles().getAsInt() >= limits.hardOpenFiles().getAsInt()) {
            remark(
                    "limits.open_files",
                    "%d is not below max_open_files %d, the maximum of one process: only a worker with child processes can reach it"
                            .formatted(
                                    limits.openFiles().getAsInt(),
                                    limits.hardOpenFiles().getAsInt()));
        }
        if (limits.jitter() > 0 && limits.lifespan().isEmpty()) {
            remark("limits.jitter_ratio", "it has no effect without a lifespan");
        }
    }

    private void checkMemory(long memory) {
        long hard = spec().limits().hardMemory().orElse(Long.MAX_VALUE);
        if (memory >= hard) {
            error(
                    "limits.memory",
                    "%s is not below memory_hard %s: the kernel kills the worker before it can be replaced"
                            .formatted(new DataSize(memory), new DataSize(hard)));
        }
        String available = new DataSize(host.memoryBytes()).rounded();
        long all = memoryOfAll(spec(), memory);
        if (memory >= host.memoryBytes()) {
            error(
                    "limits.memory",
                    "%s can never be reached: this machine has %s".formatted(new DataSize(memory), available));
        } else if (all > host.memoryBytes()) {
            remark(
                    "limits.memory",
                    "%d workers at this limit, replacements included, need %s, and this machine has %s"
                            .formatted(spec().maxWorkers(), new DataSize(all).rounded(), available));
        }
    }

    /** The memory of all workers, replacements included, that use {@code memory} bytes each. */
    static long memoryOfAll(PoolSpec spec, long memory) {
        return memory > Long.MAX_VALUE / Math.max(spec.maxWorkers(), 1) ? Long.MAX_VALUE : memory * spec.maxWorkers();
    }

    /** Checks that enough workers stay ready during planned replacements, and during one crash. */
    private void checkHealth() {
        int replicas = spec().replicas();
        int planned = minReady(spec());
        String key = "desired_healthy_percentage";
        if (planned < replicas && replicas > 1 && hasPlannedRecycles() && !pool.healthy(planned)) {
            remark(
                    key,
                    "every planned recycle makes this pool unhealthy: order stop-first with max_unavailable %d leaves %d of %d; lower it, or use start-first"
                            .formatted(spec().recycling().maxUnavailable(), planned, replicas));
        } else if (replicas > 1 && !pool.healthy(replicas - 1)) {
            remark(
                    key,
                    "one crashed worker makes this pool unhealthy; at %d or less it does not"
                            .formatted((replicas - 1) * 100 / replicas));
        }
    }

    private void checkReadiness() {
        if (spec().recycling().order() == ReplacementPolicy.Order.START_FIRST
                && spec().ready().isEmpty()
                && hasPlannedRecycles()
                && !(spec().listening() instanceof Listening.Unmanaged)) {
            remark(
                    "ready",
                    "without a check a replacement counts as ready as soon as it runs, so the old worker may stop before the new one serves; set 'ready' or 'health'");
        }
    }

    /** The number of ready workers while as many as allowed are replaced at once and nothing else fails. */
    static int minReady(PoolSpec spec) {
        return switch (spec.recycling().order()) {
            case START_FIRST -> spec.replicas();
            case STOP_FIRST -> Math.max(0, spec.replicas() - spec.recycling().maxUnavailable());
        };
    }

    private boolean hasPlannedRecycles() {
        return spec().limits().lifespan().isPresent() || spec().limits().measured();
    }
}
