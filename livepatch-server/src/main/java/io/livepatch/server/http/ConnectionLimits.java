package io.livepatch.server.http;

import io.livepatch.server.config.Cidr;
import io.livepatch.server.config.EdgeConfig;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bounds the open connections of a connector, in all and of one source. A tenth of them is kept for trusted proxies, so that
 * clients which reach the unit past its proxies cannot take the proxies' share. Jetty's {@code NetworkConnectionLimit} stops accepting
 * instead, which would stop the proxies as well. Thread-safe; {@link #admit} is called by one thread.
 */
final class ConnectionLimits {
    private final EdgeConfig limits;
    private final Sources sources;
    private final Metrics metrics;
    private final Map<Object, Cidr> open = new ConcurrentHashMap<>();
    private final Map<Cidr, Integer> bySource = new ConcurrentHashMap<>();

    ConnectionLimits(EdgeConfig limits, Sources sources, Metrics metrics) {
        this.limits = limits;
        this.sources = sources;
        this.metrics = metrics;
    }

    /** Whether this connection may be kept; if so, {@link #ended} must be called when it is closed. */
    boolean admit(SocketChannel channel) {
        InetAddress peer = channel.socket().getInetAddress();
        boolean trusted = sources.trusts(peer);
        Cidr source = Cidr.sourceBlock(peer);
        int most = trusted ? limits.connectionLimit() : Math.max(1, limits.connectionLimit() / 10 * 9);
        if (open.size() >= most) {
            metrics.refused(Refusal.CONNECTIONS);
            return false;
        }
        if (!trusted && bySource.getOrDefault(source, 0) >= limits.sourceConnectionLimit()) {
            metrics.refused(Refusal.SOURCE_CONNECTIONS);
            return false;
        }
        open.put(channel, source);
        bySource.merge(source, 1, Integer::sum);
        return true;
    }

    /** The connection over this channel is closed, or was never opened. */
    void ended(Object channel) {
        Cidr source = open.remove(channel);
        if (source != null) {
            bySource.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
        }
    }
}
