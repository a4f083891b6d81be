package io.livepatch.fleet.api;

import io.livepatch.common.config.Secret;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Settings of the API.
 *
 * @param listen the address to bind; with port 0 the kernel chooses a port
 * @param token the bearer token that changes require; without it they are allowed on a loopback address only
 * @param version the version of this program, shown by {@code GET /}
 */
public record ApiSettings(InetSocketAddress listen, Optional<Secret> token, String version) {
    boolean loopback() {
        return listen.getAddress() != null && listen.getAddress().isLoopbackAddress();
    }
}
