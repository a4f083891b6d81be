package io.livepatch.supervisor.admin;

import com.sun.net.httpserver.HttpExchange;
import io.livepatch.supervisor.debug.Debugging.Requester;
import io.livepatch.supervisor.process.TcpSocket;

/**
 * The connection of a request. The kernel's socket table tells whether the client has closed it: the JDK's server notices that only
 * when it writes, and during a recording nothing is written.
 */
record ClientConnection(HttpExchange exchange) implements Requester {
    @Override
    public boolean gone() {
        return !TcpSocket.isEstablished(exchange.getLocalAddress(), exchange.getRemoteAddress());
    }
}
