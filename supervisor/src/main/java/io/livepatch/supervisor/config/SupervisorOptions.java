package io.livepatch.supervisor.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.supervisor.config.PoolText.IpAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The file that says what to supervise, as it is written, with its defaults filled in and its paths absolute. */
public record SupervisorOptions(
        @Option("the admin endpoint") Admin admin,

        @Option("the end of everything") Shutdown shutdown,

        @Option(
                value = "when to end with a failure because workers were given up: `never`, `all` of a pool, or `any`",
                byDefault = "all")
        ExitPolicy exitOnGiveUp,

        @Option("the balancers of proxy mode") Balancer balancer,

        @Option("the pools") Supervisor supervisor) {

    /** When the supervisor ends with a failure because workers were given up. */
    public enum ExitPolicy {
        /** It goes on with the workers that are left, or with none. */
        NEVER,
        /** As soon as all workers of a pool are given up. */
        ALL,
        /** As soon as any worker is given up. */
        ANY
    }

    /** {@code admin}: Monoceros' {@code port}, and ours. */
    public record Admin(
            @Option(
                    value = "the address where the endpoint listens; anything but loopback needs a token",
                    byDefault = "127.0.0.1",
                    expected = PoolOptions.IP_ADDRESS)
            IpAddress address,

            @Option(
                    value = "the port where the endpoint listens; 0: a port of the kernel's choice, which is logged",
                    byDefault = "0",
                    min = "0",
                    max = "65535")
            int port,

            @Option(value = "a file with the token that callers need to change anything", expected = "a file")
            Optional<Path> tokenFile) {

        /** The address as text. */
        public String host() {
            return address.text();
        }
    }

    /** {@code shutdown}. */
    record Shutdown(
            @Option(
                    value = "all pools end at once; what is left after this is killed",
                    byDefault = "1m",
                    min = PoolOptions.INSTANT,
                    expected = PoolOptions.POSITIVE)
            Duration deadline) {}

    /** {@code balancer}. */
    record Balancer(
            @Option(
                    value = "each pool in proxy mode has a directory below it",
                    byDefault = "balancer",
                    expected = "a directory")
            Path directory) {}

    /** {@code supervisor}. */
    record Supervisor(
            @Option(value = "the pools", unique = "name") List<PoolOptions> workers) implements Checked {
        @Override
        public void check(Notes notes) {
            if (workers.isEmpty()) {
                notes.problem("", "names no pool", "give 'workers:' with at least one '- name: …'");
            }
        }
    }
}
