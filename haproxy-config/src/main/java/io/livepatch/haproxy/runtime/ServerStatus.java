package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Server;
import java.time.Duration;

/**
 * How a server really is, as the running haproxy sees it.
 *
 * @param name as in {@link Server#haproxyName}
 * @param sessions requests at work in it
 * @param queued requests waiting for it
 * @param requests all it was given so far by this worker of haproxy: a reload starts the count anew
 * @param lastCheck what the last health check said, {@code L7STS 503 Service Unavailable}; empty without checks
 * @param since how long it has been so
 */
public record ServerStatus(
        String backend,
        String name,
        Condition condition,
        int sessions,
        int queued,
        long requests,
        String lastCheck,
        Duration since) {
    /** haproxy's own four words. */
    public enum Condition {
        UP,
        DOWN,
        DRAIN,
        MAINT;

        /** Reads {@code UP 1/2}, {@code MAINT (via b/s)}, {@code no check}: a server nobody checks counts as up. */
        static Condition parse(String status) {
            for (Condition condition : values()) {
                if (status.startsWith(condition.name())) {
                    return condition;
                }
            }
            return status.startsWith("NOLB") ? DRAIN : UP;
        }
    }
}
