package io.livepatch.server.http;

import io.livepatch.server.config.Cidr;
import io.livepatch.server.config.UrlTemplate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Determines both addresses of a request as its client knows them, also behind proxies: the client's own, and the one that it used.
 *
 * @param trusted {@code server.trusted-proxies}
 */
record ClientAddresses(Supplier<List<Cidr>> trusted) {
    boolean trusts(InetAddress peer) {
        for (Cidr block : trusted.get()) {
            if (block.contains(peer)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The client's own address. A trusted proxy overwrites {@code X-Forwarded-For} with it; from other peers the field is ignored, since
     * any client can send it, and limits per source depend on it.
     */
    InetAddress of(Request request) {
        InetAddress peer = peer(request);
        return trusts(peer) ? forwarded(request, peer) : peer;
    }

    private static InetAddress peer(Request request) {
        return request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    private static InetAddress forwarded(Request request, InetAddress peer) {
        String last = last(request, HttpHeader.X_FORWARDED_FOR);
        if (last.isEmpty()) {
            return peer;
        }
        try {
            return InetAddress.ofLiteral(last);
        } catch (IllegalArgumentException e) {
            return peer;
        }
    }

    /**
     * The address of this server that the client used, such as {@code https://livepatch.example.com:8443}: scheme and authority of the
     * request as the client sent it. Empty if one of the two is unknown or is not valid.
     *
     * <p>The authority is {@code Host}, which proxies pass on. The scheme is {@code X-Forwarded-Proto}; without that field it is http, but
     * from a trusted proxy it is unknown, since the proxy may have ended TLS. Both fields of every peer are used: they affect only
     * the answer to their sender, so a client that sends wrong ones misleads only itself, while a proxy that is not trusted yet serves its
     * clients correctly.
     */
    String requested(Request request) {
        String host = request.getHeaders().get(HttpHeader.HOST);
        String scheme = scheme(request);
        return host == null || scheme.isEmpty() || !UrlTemplate.isAuthority(host) ? "" : scheme + host;
    }

    private String scheme(Request request) {
        String forwarded = last(request, HttpHeader.X_FORWARDED_PROTO);
        if (forwarded.isEmpty()) {
            return trusts(peer(request)) ? "" : "http://";
        }
        return forwarded.equalsIgnoreCase("https") ? "https://" : forwarded.equalsIgnoreCase("http") ? "http://" : "";
    }

    /** The last item of a list field, that of the nearest proxy; empty without one. */
    private static String last(Request request, HttpHeader name) {
        String last = "";
        for (HttpField field : request.getHeaders().getFields(name)) {
            String value = field.getValue() == null ? "" : field.getValue();
            last = value.substring(value.lastIndexOf(',') + 1).strip();
        }
        return last;
    }
}
