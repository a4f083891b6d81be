package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.SupervisorException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The address and the token of the admin endpoint.
 *
 * @param address an IP address, or {@code localhost}
 * @param port 0 lets the kernel choose
 * @param token the {@code Authorization: Bearer} token that guarded routes require; mandatory on addresses other than loopback,
 *     which other machines can reach
 */
public record AdminSettings(String address, int port, Optional<String> token) {

    private static final int MIN_TOKEN_LENGTH = 16;

    public AdminSettings {
        InetAddress resolved = resolve(address);
        if (port < 0 || port > 65535) {
            throw new SupervisorException.InvalidSpec("'%d' is no admin port: from 0 to 65535".formatted(port));
        }
        if (token.isPresent() && token.orElseThrow().strip().length() < MIN_TOKEN_LENGTH) {
            throw new SupervisorException.InvalidSpec(
                    "the admin token is too short: use at least %d characters, such as from 'openssl rand -hex 32'"
                            .formatted(MIN_TOKEN_LENGTH));
        }
        if (token.isEmpty() && !resolved.isLoopbackAddress()) {
            throw new SupervisorException.InvalidSpec(
                    "admin address '%s' can be reached from other machines: set admin.token_file, or listen on 127.0.0.1"
                            .formatted(address));
        }
        token = token.map(String::strip);
    }

    InetSocketAddress socket() {
        return new InetSocketAddress(resolve(address), port);
    }

    boolean loopback() {
        return resolve(address).isLoopbackAddress();
    }

    /** Resolves only {@code localhost} and literals: a DNS answer could change between the check in the constructor and the bind. */
    private static InetAddress resolve(String address) {
        try {
            return "localhost".equals(address) ? InetAddress.getLoopbackAddress() : InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw new SupervisorException.InvalidSpec(
                    "'%s' is no admin address: give an IP address, such as 127.0.0.1".formatted(address));
        }
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "%s:%d, %s token".formatted(address, port, token.isPresent() ? "with a" : "without a");
    }
}
