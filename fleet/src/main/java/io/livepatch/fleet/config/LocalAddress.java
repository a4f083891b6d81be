package io.livepatch.fleet.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** An address of this machine. */
final class LocalAddress {
    private LocalAddress() {}

    /**
     * Never asks a name service.
     *
     * @throws IllegalArgumentException if it is none, or another machine's
     */
    static InetAddress parse(String text) {
        try {
            return bound(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s' is no IP address".formatted(text), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "'%s' is no address of this machine (%s)".formatted(text, e.getMessage()), e);
        }
    }

    // All of 127.0.0.0/8 is this machine's, and no interface lists it: whether an address can be used is known by using
    // it.
    private static InetAddress bound(InetAddress address) throws IOException {
        try (ServerSocket _ = new ServerSocket(0, 1, address)) {
            return address;
        }
    }
}
