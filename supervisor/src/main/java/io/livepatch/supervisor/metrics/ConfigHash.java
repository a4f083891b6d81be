package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ProcessEnvironment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.TreeSet;

/**
 * A number for a configuration, the same in every process that has the same one. Variables count by name only: whoever may read
 * metrics must not be able to try out passwords against them.
 */
final class ConfigHash {

    private ConfigHash() {}

    /** 48 bits, which a sample's double holds exactly. */
    static double of(PoolSpec spec) {
        ProcessEnvironment around = spec.surroundings();
        List<Object> parts = List.of(
                spec.name(),
                spec.command(),
                spec.replicas(),
                spec.startSpacing(),
                new TreeSet<>(around.environment().keySet()),
                around.clearEnvironment(),
                around.directory(),
                around.user(),
                around.umask(),
                around.nice(),
                around.cpus(),
                around.parentDeathSignal(),
                spec.log(),
                spec.stop(),
                spec.restart(),
                spec.ready(),
                spec.live(),
                spec.limits(),
                spec.recycling(),
                spec.listening());
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(parts.toString().getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong() >>> 16;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
