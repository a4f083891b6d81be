package io.livepatch.supervisor.config;

import static io.livepatch.supervisor.config.PoolOptions.INSTANT;
import static io.livepatch.supervisor.config.PoolOptions.IP_ADDRESS;
import static io.livepatch.supervisor.config.PoolOptions.POSITIVE;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.supervisor.config.PoolText.IpAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The options of the file, with defaults filled in and paths absolute. */
public record SupervisorOptions(
        @Option("the admin endpoint") Admin admin,

        @Option("the control socket") Control control,

        @Option("the shutdown of the supervisor") Shutdown shutdown,

        @Option(
                value =
                        "whether the supervisor ends when workers are no longer restarted: `never`, if `all` of a pool, or if `any`",
                byDefault = "all")
        ExitPolicy exitOnGiveUp,

        @Option("the balancers of proxy mode") Balancer balancer,

        @Option("the pools") Supervisor supervisor)
        implements Checked {

    @Override
    public void check(Notes notes) {
        if (supervisor.workers().isEmpty() && control.socket().isEmpty()) {
            notes.problem(
                    "supervisor",
                    "names no pool",
                    "give 'workers:' with at least one '- name: …', or a control.socket");
        }
    }

    /** When the supervisor exits with a failure because workers were given up. */
    public enum ExitPolicy {
        NEVER,
        /** When all workers of a pool are given up. */
        ALL,
        /** When the first worker is given up. */
        ANY
    }

    /** {@code admin}. */
    public record Admin(
            @Option(
                    value = "whether there is an admin endpoint",
                    byDefault = "true",
                    expected = "true or false, without quotes")
            boolean enabled,

            @Option(
                    value = "the address of the endpoint; an address other than loopback requires a token",
                    byDefault = "127.0.0.1",
                    expected = IP_ADDRESS)
            IpAddress address,

            @Option(
                    value = "the port of the endpoint; 0 selects a free port, which is logged",
                    byDefault = "0",
                    min = "0",
                    max = "65535")
            int port,

            @Option(value = "a file with the token that is required for changes", expected = "a file")
            Optional<Path> tokenFile) {

        /** The address as text. */
        public String host() {
            return address.text();
        }
    }

    /** {@code control}. */
    public record Control(
            @Option(
                    value =
                            "a Unix-domain socket that only the supervisor's user can open, for programs that add, change and remove pools at run time; at most 107 bytes",
                    expected = "a file")
            Optional<Path> socket) {}

    /** {@code shutdown}. */
    record Shutdown(
            @Option(
                    value = "all pools stop at once; the workers that remain after this time are killed",
                    byDefault = "1m",
                    min = INSTANT,
                    expected = POSITIVE)
            Duration deadline) {}

    /** {@code balancer}. */
    record Balancer(
            @Option(value = "the parent of the pools' directories", byDefault = "balancer", expected = "a directory")
            Path directory) {}

    /** {@code supervisor}. */
    record Supervisor(
            @Option(value = "the pools", unique = "name") List<PoolOptions> workers) {}
}
