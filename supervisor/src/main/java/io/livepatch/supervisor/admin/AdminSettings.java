package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.SupervisorException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where to listen, and whom to obey.
 *
 * @param address an IP address, or {@code localhost}
 * @param port 0 for one of the kernel's choice
 * @param token what changes and looks into workers need as {@code Authorization: Bearer}; needed to listen on other than
 *     loopback addresses, where anybody may knock
 */
public record AdminSettings(String address, int port, Optional<String> token) {

    private static final int SHORTEST = 16;

    public AdminSettings {
        InetAddress where = resolve(address);
        if (port < 0 || port > 65535) {
            throw new SupervisorException.InvalidSpec("'%d' is no admin port: from 0 to 65535".formatted(port));
        }
        if (token.isPresent() && token.orElseThrow().strip().length() < SHORTEST) {
            throw new SupervisorException.InvalidSpec(
                    "the admin token is too short: use at least %d characters, such as from 'openssl rand -hex 32'"
                            .formatted(SHORTEST));
        }
        if (token.isEmpty() && !where.isLoopbackAddress()) {
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

    /** No name but one is looked up: what it means could change between the check above and its use. */
    private static InetAddress resolve(String address) {
        try {
            return "localhost".equals(address) ? InetAddress.getLoopbackAddress() : InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw new SupervisorException.InvalidSpec(
                    "'%s' is no admin address: give an IP address, such as 127.0.0.1".formatted(address));
        }
    }

    /** Keeps the token to itself. */
    @Override
    public String toString() {
        return "%s:%d, %s token".formatted(address, port, token.isPresent() ? "with a" : "without a");
    }
}
