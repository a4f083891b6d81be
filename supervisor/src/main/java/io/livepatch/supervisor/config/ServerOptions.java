package io.livepatch.supervisor.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.config.PoolText.Algorithm;
import io.livepatch.supervisor.config.PoolText.IpAddress;
import io.livepatch.supervisor.config.PoolText.PortTemplate;
import io.livepatch.supervisor.config.PoolText.UrlPath;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code server}: Monoceros' proxy mode. */
record ServerOptions(
        @Option("the ports of the workers") PortArg portArg,

        @Option(
                value = "how long a worker may finish its requests before it gets the stop signal; 0s is the default",
                byDefault = "10s",
                expected = PoolOptions.DURATION)
        Duration signalTimeout,

        @Option(
                value = "the path that the balancer checks on each worker, and the supervisor before a replacement takes over",
                expected = "a path such as /health")
        UrlPath healthCheckPath,

        @Option(
                value = "how requests are distributed",
                byDefault = "ROUND_ROBIN",
                expected = "ROUND_ROBIN, LEAST_REQUEST or RANDOM")
        Algorithm loadBalancerAlgorithm,

        @Option(
                value = "the directory of the balancer's files; by default it is below `balancer.directory`",
                expected = "a directory")
        Optional<Path> proxyConfigPath,

        @Option(value = "of Envoy; ignored, with a remark", min = "0", max = "65535")
        Optional<Integer> adminPort,

        @Option(
                value = "the address where the balancer listens",
                byDefault = "0.0.0.0",
                expected = PoolOptions.IP_ADDRESS)
        IpAddress listenerAddress,

        @Option(
                value = "the port where the balancer listens; 0 is the default",
                byDefault = "10000",
                min = "0",
                max = "65535")
        int listenerPort)
        implements Checked {

    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(10);
    private static final int DEFAULT_PORT = 10_000;

    /** {@code port_arg}: the flag that passes a worker its port. */
    record PortArg(
            @Option(
                    value = "the flag, which precedes all arguments; without it the worker reads `PORT`",
                    expected = "the name of a flag, such as --port")
            Optional<String> name,

            @Option(value = "the port of worker 0; worker N has this plus N", min = "1", max = "65535")
            int startPort,

            @Option(
                    value = "the value of the flag; without it the port alone",
                    expected = "a text with {{.Port}} in it")
            Optional<PortTemplate> valueTemplate)
            implements Checked {

        @Override
        public void check(Notes notes) {
            if (valueTemplate.isPresent() && name.isEmpty()) {
                notes.missing("name", "though 'value_template' is given");
            }
        }

        List<String> arguments() {
            String value = valueTemplate.map(PortTemplate::withPortName).orElse(WorkerPorts.PORT);
            return name.map(flag -> List.of(flag, value)).orElse(List.of());
        }
    }

    ServerOptions {
        signalTimeout = signalTimeout.isPositive() ? signalTimeout : DEFAULT_DRAIN;
        listenerPort = listenerPort > 0 ? listenerPort : DEFAULT_PORT;
    }

    @Override
    public void check(Notes notes) {
        if (adminPort.isPresent()) {
            notes.warning(
                    "admin_port",
                    "is ignored: the balancer is not Envoy and has no admin port");
        }
    }

    Listening listening() {
        return new Listening.Proxied(
                portArg.startPort(),
                new InetSocketAddress(listenerAddress.text(), listenerPort),
                loadBalancerAlgorithm.strategy(),
                healthCheckPath.text(),
                signalTimeout);
    }
}
