package io.livepatch.fleet.config;

import io.livepatch.fleet.Secret;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Section {@code api}.
 *
 * @param listen port 0 for one of the kernel's choice
 * @param token what callers must prove to know before they may change anything
 */
public record ApiConfig(InetSocketAddress listen, Optional<Secret> token) {
    public static final String DEFAULT_LISTEN = "127.0.0.1:8190";
}
