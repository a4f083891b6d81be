package io.livepatch.server.http;

import io.livepatch.server.config.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Finds the address that a request comes from. A trusted proxy drops {@code X-Forwarded-For} as the client sent it and names the
 * client's address there; from every other peer the field is ignored, since any client can send one.
 *
 * @param trusted the proxies, {@code server.trusted-proxies}
 */
record Sources(List<Cidr> trusted) {
    /** Whether this peer is a trusted proxy. */
    boolean trusts(InetAddress peer) {
        for (Cidr block : trusted) {
            if (block.contains(peer)) {
                return true;
            }
        }
        return false;
    }

    /** The source of this request. */
    InetAddress of(Request request) {
        InetAddress peer = request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
        return trusts(peer) ? forwarded(request, peer) : peer;
    }

    private static InetAddress forwarded(Request request, InetAddress peer) {
        String last = "";
        for (HttpField field : request.getHeaders().getFields(HttpHeader.X_FORWARDED_FOR)) {
            String value = field.getValue() == null ? "" : field.getValue();
            last = value.substring(value.lastIndexOf(',') + 1).strip();
        }
        if (last.isEmpty()) {
            return peer;
        }
        try {
            return InetAddress.ofLiteral(last);
        } catch (IllegalArgumentException e) {
            return peer;
        }
    }
}
