package io.livepatch.supervisor.config;

import static io.livepatch.supervisor.config.PoolOptions.DURATION;
import static io.livepatch.supervisor.config.PoolOptions.IP_ADDRESS;

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
                value =
                        "the time limit for a worker to finish its requests before the stop signal; 0s means the default",
                byDefault = "10s",
                expected = DURATION)
        Duration signalTimeout,

        @Option(
                value = "the path of the health check of each worker, by balancer and supervisor",
                expected = "a path such as /health")
        UrlPath healthCheckPath,

        @Option(
                value = "how requests are distributed",
                byDefault = "ROUND_ROBIN",
                expected = "ROUND_ROBIN, LEAST_REQUEST or RANDOM")
        Algorithm loadBalancerAlgorithm,

        @Option(value = "the balancer's files; by default below `balancer.directory`", expected = "a directory")
        Optional<Path> proxyConfigPath,

        @Option(value = "the admin port of Envoy; ignored with a warning", min = "0", max = "65535")
        Optional<Integer> adminPort,

        @Option(value = "the address of the balancer", byDefault = "0.0.0.0", expected = IP_ADDRESS)
        IpAddress listenerAddress,

        @Option(value = "the port of the balancer; 0 means the default", byDefault = "10000", min = "0", max = "65535")
        int listenerPort)
        implements Checked {

    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(10);
    private static final int DEFAULT_PORT = 10_000;

    /** {@code port_arg}: the flag that passes a worker its port. */
    record PortArg(
            @Option(
                    value = "the flag, in front of all arguments; without it the worker reads `PORT`",
                    expected = "the name of a flag, such as --port")
            Optional<String> name,

            @Option(value = "the port of worker 0; worker N has this plus N", min = "1", max = "65535")
            int startPort,

            @Option(value = "the value of the flag; by default the port", expected = "a text with {{.Port}} in it")
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
            notes.warning("admin_port", "is ignored: the balancer is not Envoy and has no admin port");
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
