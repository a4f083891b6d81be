package io.livepatch.server.http;

import io.livepatch.server.config.ServerConfig.EdgeConfig;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends connections that take too long within a request. Looks at all connections once a second (more often where a deadline is
 * shorter than four seconds), so a deadline is kept within a second. A deadline holds for the whole head or body: bytes
 * that arrive do not extend it.
 */
final class Deadlines extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(20);

    private final Server server;
    private final EdgeConfig limits;
    private final Metrics metrics;
    private final long intervalMillis;
    private volatile Scheduler.@Nullable Task next;

    Deadlines(Server server, EdgeConfig limits, Metrics metrics) {
        this.server = server;
        this.limits = limits;
        this.metrics = metrics;
        this.intervalMillis = Math.clamp(
                Collections.min(Arrays.asList(limits.headTimeout(), limits.bodyTimeout(), limits.dataRatePeriod()))
                                .toMillis()
                        / 4,
                SHORTEST_INTERVAL.toMillis(),
                LONGEST_INTERVAL.toMillis());
    }

    @Override
    protected void doStart() {
        schedule();
    }

    @Override
    protected void doStop() {
        Scheduler.Task task = next;
        if (task != null) {
            task.cancel();
        }
    }

    private void schedule() {
        next = server.getScheduler().schedule(this::sweep, intervalMillis, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            for (Connector connector : server.getConnectors()) {
                for (EndPoint end : connector.getConnectedEndPoints()) {
                    // A selector thread removes a closed one later, perhaps after the next sweep, which would count it
                    // again.
                    if (end instanceof TrackedEndPoint tracked && tracked.isOpen()) {
                        check(tracked);
                    }
                }
            }
        } catch (RuntimeException e) {
            LOG.error("deadlines of connections could not be checked; the next check is in {} ms", intervalMillis, e);
        } finally {
            if (isRunning() || isStarting()) {
                schedule();
            }
        }
    }

    private void check(TrackedEndPoint end) {
        switch (end.phase()) {
            case HEAD -> {
                if (end.exceeds(limits.headTimeout())) {
                    close(end, Refusal.HEAD_TIMEOUT, "the header fields did not arrive in time");
                }
            }
            case BODY -> {
                if (end.exceeds(limits.bodyTimeout())) {
                    // Counted by the reader of the body, which may have ended in this moment.
                    end.expireRead("the body did not arrive within server.body-timeout");
                }
            }
            case UPLOAD -> {
                if (slow(end)) {
                    metrics.refused(Refusal.SLOW_UPLOAD);
                    end.expireRead("the upload is slower than server.min-data-rate");
                }
            }
            case RESPONSE, IDLE -> {
                if (slow(end)) {
                    close(end, Refusal.SLOW_READER, "the response is read more slowly than server.min-data-rate");
                }
            }
        }
    }

    private boolean slow(TrackedEndPoint end) {
        long rate = limits.minDataRate().bytes();
        return rate > 0 && end.slowerThan(rate, limits.dataRatePeriod());
    }

    private void close(TrackedEndPoint end, Refusal reason, String detail) {
        metrics.refused(reason);
        LOG.debug("closed the connection of {}: {}", end.getRemoteSocketAddress(), detail);
        end.close(new TimeoutException(detail));
    }
}
