package io.livepatch.supervisor.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the supervisor answers for itself.
 *
 * @param port 0 for one of the kernel's choice
 * @param tokenFile holds what callers must prove to know before they may change anything
 */
public record AdminSettings(String address, int port, Optional<Path> tokenFile) {

    public static final String DEFAULT_ADDRESS = "127.0.0.1";
}
