package io.livepatch.server.http;

import io.livepatch.server.config.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Determines the address of the client. A trusted proxy overwrites {@code X-Forwarded-For} with the client's address; from other peers the
 * field is ignored, since any client can send it.
 *
 * @param trusted {@code server.trusted-proxies}
 */
record ClientAddresses(List<Cidr> trusted) {
    boolean trusts(InetAddress peer) {
        for (Cidr block : trusted) {
            if (block.contains(peer)) {
                return true;
            }
        }
        return false;
    }

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
