package io.livepatch.supervisor.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.GoDuration;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.OptionGroup;
import io.livepatch.common.config.OptionGroup.Rule;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.PoolSpec.StopPolicy;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.config.PoolText.IpAddress;
import io.livepatch.supervisor.config.PoolText.Name;
import io.livepatch.supervisor.config.PoolText.Program;
import io.livepatch.supervisor.config.PoolText.StopSignal;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** One entry of {@code supervisor.workers}: Monoceros' keys and ours. */
@OptionGroup(
        rule = Rule.AT_MOST_ONE,
        keys = {"listen", "server"})
record PoolOptions(
        @Option(
                value = "the name in messages, metrics and the ids of the workers: `web-0`, `web-1`, …",
                expected = "letters, digits and '._/-', at most 64")
        Name name,

        @Option(
                value = "the number of workers; 0 disables the pool",
                byDefault = "1",
                min = "0",
                max = "" + PoolSpec.MAX_REPLICAS)
        int replicas,

        @Option(value = "the program; names are looked up in `PATH`", expected = "a program, by path or by name")
        Program exec,

        @Option(
                value = "its arguments; `{port}` and `{worker_port}` stand for the worker's ports",
                expected = "a list: [--flag, value]")
        List<String> args,

        @Option(
                value = "the time limit for a worker to stop before it is killed; 0s means the default",
                byDefault = "10s",
                expected = DURATION)
        Duration signalTimeout,

        @Option(value = "the signal that requests a worker to stop", byDefault = "TERM", expected = SIGNAL)
        StopSignal stopSignal,

        @Option(
                value =
                        "the maximum number of restarts after consecutive crashes, see `restart.stable_after`; negative: unlimited",
                byDefault = "-1")
        int maxRestarts,

        @Option(value = "the pause between the first starts", byDefault = "0s", expected = DURATION)
        Duration startupWaitTime,

        @Option(
                value = "the percentage of ready workers below which `/health` fails; 0: never; absent: one is enough",
                min = "0",
                max = "100")
        Optional<Integer> desiredHealthyPercentage,

        @Option(value = "the environment of the workers", inline = true)
        EnvironmentOptions environment,

        @Option("the pauses after crashes") Restart restart,

        @Option("the check of a running worker; a worker that fails it is replaced, one that gives no answer is killed")
        Optional<HealthOptions> health,

        @Option("the check that makes a worker ready; without it `health` decides")
        Optional<HealthOptions> ready,

        @Option("the limits at which a worker is replaced") LimitsOptions limits,

        @Option("how workers are replaced") Recycle recycle,

        @Option("supervisor mode: all workers listen on the same port")
        Optional<Listen> listen,

        @Option("proxy mode: each worker listens on its own port behind a load balancer")
        Optional<ServerOptions> server,

        @Option(
                value =
                        "whether the port of `listen` or `server` is kept for the user who listens there while no worker does; others who listen there must set `SO_REUSEPORT`",
                byDefault = "false")
        boolean reservePort,

        @Option("log files for the output of workers, instead of the supervisor's output")
        Optional<Output> output)
        implements Checked {

    static final String DURATION = "a duration such as 10s, 1h30m or 200ms";
    static final String POSITIVE = "a duration above 0s, such as 10s, 1h30m or 200ms";
    /** The shortest duration above 0. */
    static final String INSTANT = "1ns";

    static final String SIGNAL = "a name such as TERM, INT, USR1 or KILL";
    static final String SIZE = "bytes, or a size such as 512MiB or 1GiB";
    static final String IP_ADDRESS = "an IP address such as 127.0.0.1 or ::1, or localhost";

    /** {@code restart}: the pauses after crashes. Their maximum number is Monoceros' {@code max_restarts}. */
    record Restart(
            @Option(value = "the minimum pause", byDefault = "200ms", min = INSTANT, expected = POSITIVE)
            Duration initial,

            @Option(
                    value = "the maximum of the upper bound of pauses, which doubles with each crash",
                    byDefault = "30s",
                    min = INSTANT,
                    max = "24h",
                    expected = "a duration up to 24h, such as 10s, 1h30m or 200ms")
            Duration cap,

            @Option(
                    value = "the fraction of the range from the minimum to the upper bound that is random",
                    byDefault = "1",
                    min = "0",
                    max = "1")
            double jitter,

            @Option(
                    value = "a worker that is ready for this time resets its count of crashes",
                    byDefault = "30s",
                    min = INSTANT,
                    expected = POSITIVE)
            Duration stableAfter)
            implements Checked {

        @Override
        public void check(Notes notes) {
            if (cap.compareTo(initial) < 0) {
                String below = "'%s' is below the initial pause of %s"
                        .formatted(GoDuration.print(cap), GoDuration.print(initial));
                notes.problem("cap", below, "raise it, or lower 'initial'");
            }
        }

        RestartPolicy policy(int maxRestarts) {
            OptionalInt maxCrashes = maxRestarts < 0 ? OptionalInt.empty() : OptionalInt.of(maxRestarts);
            return new RestartPolicy(initial, cap, jitter, stableAfter, maxCrashes);
        }
    }

    /** {@code recycle}: how workers are replaced in a planned way. */
    record Recycle(
            @Option(
                    value =
                            "`start-first`: the new worker is ready before the old one is stopped; `stop-first`: it starts when the old one has ended",
                    byDefault = "start-first")
            ReplacementPolicy.Order order,

            @Option(value = "how many workers are replaced at once", byDefault = "1", min = "1", max = "100")
            int maxUnavailable,

            @Option(
                    value = "a replacement that is not ready within this time is removed and tried again later",
                    byDefault = "5m",
                    min = INSTANT,
                    expected = POSITIVE)
            Duration readyWithin) {}

    /** {@code listen}: supervisor mode. */
    record Listen(
            @Option(value = "the address where all workers listen", byDefault = "127.0.0.1", expected = IP_ADDRESS)
            IpAddress address,

            @Option(value = "the port where all workers listen, with `SO_REUSEPORT`", min = "1", max = "65535")
            int port,

            @Option(
                    value = "the base of the workers' own ports: worker N gets this plus N as `WORKER_PORT`",
                    min = "1",
                    max = "65535")
            Optional<Integer> workerPort) {

        Listening listening() {
            return new Listening.Shared(
                    new InetSocketAddress(address.text(), port),
                    workerPort.stream().mapToInt(it -> it).findFirst());
        }
    }

    /** {@code output}: a file instead of the supervisor's own output. */
    record Output(
            @Option(
                    value = "the file of worker 0; `web.log` becomes `web-1.log` for worker 1",
                    expected = "the path of a file")
            Path file,

            @Option(
                    value = "a file of this size is rotated",
                    byDefault = "10MiB",
                    min = "1KiB",
                    expected = SIZE + ", at least 1KiB")
            DataSize maxSize,

            @Option(value = "how many old files are kept", byDefault = "3", min = "0", max = "1000")
            int keep) {}

    /** Without {@code ready}, {@code health} decides on readiness too, or else the health check of the balancer. */
    PoolOptions {
        signalTimeout = signalTimeout.isPositive() ? signalTimeout : StopPolicy.DEFAULT.timeout();
        maxRestarts = Math.max(maxRestarts, -1);
        Optional<HealthOptions> balancer =
                server.map(ServerOptions::healthCheckPath).map(HealthOptions::ofBalancer);
        Optional<HealthOptions> live = health;
        ready = ready.or(() -> live).or(() -> balancer);
    }

    @Override
    public void check(Notes notes) {
        if (limits.requests().isPresent() && limits.requestsUrl().isEmpty() && server.isEmpty()) {
            notes.problem(
                    "limits",
                    "a limit of requests needs a count of requests",
                    "give limits.requests_metric and limits.requests_url, or use proxy mode");
        }
    }

    /**
     * The pool to run; empty if there are problems.
     *
     * @param supervisor the variables of the supervisor, which {@code env} may name
     * @param notes takes problems of the variables, and of the options together
     */
    Optional<PoolSpec> spec(Map<String, String> supervisor, Notes notes) {
        ProcessEnvironment processEnvironment = environment.processEnvironment(supervisor, notes);
        if (notes.hasProblems("")) {
            return Optional.empty();
        }
        String part = "";
        try {
            PoolSpec spec = spec(processEnvironment);
            part = server.isPresent() ? "server" : "listen";
            return Optional.of(
                    spec.but().listening(listening()).limits(limits.limits()).build());
        } catch (SupervisorException.InvalidSpec e) {
            notes.problem(part, String.valueOf(e.getMessage()), "");
            return Optional.empty();
        }
    }

    private PoolSpec spec(ProcessEnvironment processEnvironment) {
        List<String> command = new ArrayList<>(List.of(exec.text()));
        server.ifPresent(it -> command.addAll(it.portArg().arguments()));
        command.addAll(args);
        PoolSpec.Builder builder = PoolSpec.of(name.text(), command)
                .replicas(replicas)
                .startSpacing(startupWaitTime)
                .surroundings(processEnvironment)
                .stop(stopSignal.text(), signalTimeout)
                .restart(restart.policy(maxRestarts))
                .reservesPort(reservePort)
                .recycling(new ReplacementPolicy(recycle.order(), recycle.maxUnavailable(), recycle.readyWithin()));
        output.map(it -> new LogSpec(it.file(), it.maxSize().bytes(), it.keep()))
                .ifPresent(builder::log);
        health.map(HealthOptions::healthCheck).ifPresent(builder::live);
        ready.map(HealthOptions::healthCheck).ifPresent(builder::ready);
        return builder.build();
    }

    private Listening listening() {
        return server.map(ServerOptions::listening)
                .or(() -> listen.map(Listen::listening))
                .orElse(new Listening.Unmanaged());
    }

    /** The settings of the pool; {@code balancers} has the directory of its balancer, unless it sets one. */
    PoolSettings settings(PoolSpec spec, Path balancers) {
        Path directory = server.flatMap(ServerOptions::proxyConfigPath)
                .orElse(balancers.resolve(spec.name().replace('/', '-')));
        return new PoolSettings(spec, desiredHealthyPercentage, directory);
    }
}
