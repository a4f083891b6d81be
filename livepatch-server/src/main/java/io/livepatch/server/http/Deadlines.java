package io.livepatch.server.http;

import io.livepatch.server.config.ServerConfig.ClientLimits;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections whose request or response takes too long. Scans all connections once a second (more often if a deadline is shorter
 * than four seconds), so deadlines are exact to a second. A deadline covers the whole head or body; progress does not extend it.
 */
final class Deadlines extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final Duration MAX_INTERVAL = Duration.ofSeconds(1);
    private static final Duration MIN_INTERVAL = Duration.ofMillis(20);

    private final Server server;
    private final Supplier<ClientLimits> current;
    private final Metrics metrics;
    private volatile Scheduler.@Nullable Task nextScan;

    /** @param current the limits, which may change */
    Deadlines(Server server, Supplier<ClientLimits> current, Metrics metrics) {
        this.server = server;
        this.current = current;
        this.metrics = metrics;
    }

    private static long intervalMillis(ClientLimits limits) {
        return Math.clamp(
                Collections.min(Arrays.asList(limits.headTimeout(), limits.bodyTimeout(), limits.dataRatePeriod()))
                                .toMillis()
                        / 4,
                MIN_INTERVAL.toMillis(),
                MAX_INTERVAL.toMillis());
    }

    @Override
    protected void doStart() {
        schedule();
    }

    @Override
    protected void doStop() {
        Scheduler.Task task = nextScan;
        if (task != null) {
            task.cancel();
        }
    }

    private void schedule() {
        nextScan = server.getScheduler().schedule(this::scan, intervalMillis(current.get()), TimeUnit.MILLISECONDS);
    }

    private void scan() {
        ClientLimits limits = current.get();
        try {
            for (Connector connector : server.getConnectors()) {
                for (EndPoint end : connector.getConnectedEndPoints()) {
                    // A selector thread removes a closed connection later; it must not be counted twice.
                    if (end instanceof TrackedEndPoint tracked && tracked.isOpen()) {
                        check(tracked, limits);
                    }
                }
            }
        } catch (RuntimeException e) {
            LOG.error("could not check the deadlines of connections; the next check is within a second", e);
        } finally {
            if (isRunning() || isStarting()) {
                schedule();
            }
        }
    }

    private void check(TrackedEndPoint end, ClientLimits limits) {
        switch (end.phase()) {
            case HEAD -> {
                if (end.exceeds(limits.headTimeout())) {
                    close(end, Refusal.HEAD_TIMEOUT, "the header fields did not arrive in time");
                }
            }
            case BODY -> {
                if (end.exceeds(limits.bodyTimeout())) {
                    // BodyReader counts the refusal: the body may complete at this moment.
                    end.expireRead("the body did not arrive within server.body-timeout");
                }
            }
            case UPLOAD -> {
                if (slow(end, limits)) {
                    metrics.refused(Refusal.SLOW_UPLOAD);
                    end.expireRead("the upload is slower than server.min-data-rate");
                }
            }
            case RESPONSE, IDLE -> {
                if (slow(end, limits)) {
                    close(end, Refusal.SLOW_READER, "the response is read more slowly than server.min-data-rate");
                }
            }
        }
    }

    private static boolean slow(TrackedEndPoint end, ClientLimits limits) {
        long rate = limits.minDataRate().bytes();
        return rate > 0 && end.slowerThan(rate, limits.dataRatePeriod());
    }

    private void close(TrackedEndPoint end, Refusal reason, String detail) {
        metrics.refused(reason);
        LOG.debug("closed the connection of {}: {}", end.getRemoteSocketAddress(), detail);
        end.close(new TimeoutException(detail));
    }
}
