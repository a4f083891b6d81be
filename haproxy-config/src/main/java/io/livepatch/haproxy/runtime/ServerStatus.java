package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Server;
import java.time.Duration;

/**
 * The status of a server as the running haproxy reports it.
 *
 * @param name as in {@link Server#haproxyName}
 * @param sessions requests that it processes
 * @param queued requests waiting for it
 * @param requests those that it got from this worker of haproxy; after a reload the new worker counts from 0
 * @param lastCheck the result of the last health check, {@code L7STS 503 Service Unavailable}; empty without checks
 * @param since how long it has had this condition
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
    /** haproxy's own four terms. */
    public enum Condition {
        UP,
        DOWN,
        DRAIN,
        MAINT;

        /** Reads {@code UP 1/2}, {@code MAINT (via b/s)}, {@code no check}: a server without a health check counts as up. */
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
