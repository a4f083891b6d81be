package io.livepatch.charm.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The readiness or liveness check of a service: a probe that is repeated.
 *
 * @param interval from the answer to one probe until the next
 * @param startTimeout from the start of the process; failures in it are ignored until the first success
 * @param failures in a row that make the check fail
 * @param successes in a row that make it pass
 */
public record ServiceCheck(
        Probe probe, Duration interval, Duration timeout, Duration startTimeout, int failures, int successes) {
    /** Between readiness probes; a process that was never ready is probed more often. */
    public static final Duration READY_INTERVAL = Duration.ofSeconds(1);
    /** Between runs of a command, each of which costs several processes; it is repeated more often while it fails. */
    public static final Duration READY_COMMAND_INTERVAL = Duration.ofSeconds(5);

    public static final Duration READY_TIMEOUT = Duration.ofSeconds(3);

    public static final Duration LIVE_INTERVAL = Duration.ofSeconds(1);
    /** With three failures a frozen process is found in less than 8 s; a busy one answers far earlier. */
    public static final Duration LIVE_TIMEOUT = Duration.ofSeconds(2);

    public static final int LIVE_FAILURES = 3;
    /** Enough for a JVM or a recovering database. */
    public static final Duration LIVE_START_TIMEOUT = Duration.ofMinutes(1);

    /** A readiness check: each result decides. */
    public static ServiceCheck ready(Probe probe) {
        Duration interval = probe instanceof Probe.Command ? READY_COMMAND_INTERVAL : READY_INTERVAL;
        return new ServiceCheck(probe, interval, READY_TIMEOUT, Duration.ZERO, 1, 1);
    }

    /** A liveness check: fails after three failures in a row. */
    public static ServiceCheck live(Probe probe) {
        return new ServiceCheck(probe, LIVE_INTERVAL, LIVE_TIMEOUT, LIVE_START_TIMEOUT, LIVE_FAILURES, 1);
    }

    public ServiceCheck withStartTimeout(Duration other) {
        return new ServiceCheck(probe, interval, timeout, other, failures, successes);
    }

    /** A question to a process. In a pool its texts may contain the placeholders of {@link ServiceSpec.WorkerPool}. */
    public sealed interface Probe {
        /** Passes if the URL answers with status 2xx. */
        record Http(String url) implements Probe {}

        /** Passes if the command, which runs as the user of the service, exits with 0. */
        record Command(List<String> command) implements Probe {
            public Command {
                command = List.copyOf(command);
            }
        }

        /**
         * Passes if a command is answered with at least one byte.
         *
         * @param socket a unix socket
         * @param command a line for it
         */
        record Socket(Path socket, String command) implements Probe {}

        /**
         * Several probes, one after the other within one timeout. Fails only if one gets no answer: an error or a refused connection
         * is an answer. For the liveness of a single process, which is interrupted by each replacement and so replaced only if it is
         * frozen.
         *
         * @param probes at least one
         */
        record Responsive(List<Probe> probes) implements Probe {
            public Responsive {
                probes = List.copyOf(probes);
            }

            public static Responsive of(Probe... probes) {
                return new Responsive(List.of(probes));
            }
        }
    }
}
