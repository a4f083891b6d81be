package io.livepatch.supervisor.config;

import static io.livepatch.supervisor.config.PoolOptions.DURATION;
import static io.livepatch.supervisor.config.PoolOptions.INSTANT;
import static io.livepatch.supervisor.config.PoolOptions.POSITIVE;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.OptionGroup;
import io.livepatch.common.config.OptionGroup.Rule;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.config.PoolText.TcpAddress;
import io.livepatch.supervisor.config.PoolText.Url;
import io.livepatch.supervisor.config.PoolText.UrlPath;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code health} or {@code ready}. */
@OptionGroup(
        rule = Rule.EXACTLY_ONE,
        keys = {"http", "tcp", "command"})
record HealthOptions(
        @Option(
                value = "the URL that must answer with 2xx",
                expected = "a URL such as http://127.0.0.1:{worker_port}/health")
        Optional<Url> http,

        @Option(value = "the address that must accept connections", expected = "an address such as 127.0.0.1:{port}")
        Optional<TcpAddress> tcp,

        @Option(value = "the program that must exit with 0", expected = COMMAND)
        Optional<List<String>> command,

        @Option(value = "the pause between two checks", byDefault = "1s", min = INSTANT, expected = POSITIVE)
        Duration interval,

        @Option(
                value =
                        "how long a check may take; a worker that gives no answer at all to `failures` checks in a row is killed",
                byDefault = "2s",
                min = INSTANT,
                expected = POSITIVE)
        Duration timeout,

        @Option(
                value = "failures in this time after the start do not count before the first success",
                byDefault = "1m",
                expected = DURATION)
        Duration startPeriod,

        @Option(value = "failed checks in a row that make a worker unhealthy", byDefault = "3", min = "1", max = "1000")
        int failures,

        @Option(value = "passed checks in a row that make it healthy", byDefault = "1", min = "1", max = "1000")
        int successes)
        implements Checked {

    static final String COMMAND = "a list: [program, argument, …]";

    /** The check that the balancer makes of each worker, with default times. */
    static HealthOptions ofBalancer(UrlPath path) {
        return new HealthOptions(
                Optional.of(new Url("http://127.0.0.1:" + WorkerPorts.PORT + path.text())),
                Optional.empty(),
                Optional.empty(),
                HealthCheck.DEFAULT_INTERVAL,
                HealthCheck.DEFAULT_TIMEOUT,
                HealthCheck.DEFAULT_START_PERIOD,
                HealthCheck.DEFAULT_FAILURES,
                1);
    }

    @Override
    public void check(Notes notes) {
        if (command.isPresent()
                && (command.get().isEmpty() || command.get().getFirst().isBlank())) {
            notes.problem("command", "'%s' names no program".formatted(command.get()), "give " + COMMAND);
        }
    }

    HealthCheck healthCheck() {
        Probe probe = http.<Probe>map(url -> new Probe.Http(url.text()))
                .or(() -> tcp.map(address -> new Probe.Tcp(address.text())))
                .or(() -> command.map(Probe.Command::new))
                .orElseThrow();
        return new HealthCheck(probe, interval, timeout, startPeriod, failures, successes);
    }
}
