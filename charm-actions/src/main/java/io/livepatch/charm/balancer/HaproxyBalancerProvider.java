package io.livepatch.charm.balancer;

import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** Puts a haproxy of its own in front of each pool in proxy mode. */
public final class HaproxyBalancerProvider implements Balancer.Provider {
    /** Debian's directory of haproxy, which is not in the {@code PATH} of users. */
    private static final String DEBIAN_DIRECTORY = "/usr/sbin";

    @Override
    public String name() {
        return "haproxy";
    }

    @Override
    public Balancer open(PoolSpec pool, Listening.Proxied mode, Path directory) {
        return HaproxyBalancer.open(pool, mode, directory, binary());
    }

    private static Path binary() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Arrays.stream(path.split(":", -1)), Stream.of(DEBIAN_DIRECTORY))
                .filter(directory -> directory.startsWith("/"))
                .map(directory -> Path.of(directory).resolve("haproxy"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(
                        () -> new SupervisorException.Unsupported("proxy mode needs haproxy, which is not in PATH or "
                                + DEBIAN_DIRECTORY + "; install the package haproxy"));
    }
}
