package io.livepatch.fleet.api;

import io.livepatch.common.config.Secret;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where the API listens.
 *
 * @param listen port 0 lets the kernel choose
 * @param token what those must have who change something; without it only an API on a loopback address lets anybody do so
 * @param version of this program, as it is shown
 */
public record ApiSettings(InetSocketAddress listen, Optional<Secret> token, String version) {
    boolean loopback() {
        return listen.getAddress() != null && listen.getAddress().isLoopbackAddress();
    }
}
