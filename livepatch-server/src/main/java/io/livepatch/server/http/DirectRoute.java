package io.livepatch.server.http;

import io.livepatch.server.metrics.Refusal;
import java.util.Optional;
import java.util.Set;

/**
 * A route that is answered without Jersey, which costs 25 to 45 µs of CPU a request. It runs on one of the few connection threads, so it
 * never blocks: blocking work goes to another executor. Thread-safe.
 */
public interface DirectRoute {

    PathTemplate path();

    /** Other methods get 405. */
    Set<String> methods();

    /** Whether it reports the state of the unit: then it has no limit. */
    default boolean probe() {
        return false;
    }

    /** Whether it calls {@link Exchange#body}; otherwise a body is read and dropped before {@link #handle}. */
    default boolean readsBody() {
        return methods().contains("POST");
    }

    default Limit limit(HttpServer.Settings settings) {
        return new Limit("server.concurrency-limit", settings.concurrencyLimit(), Refusal.CHECK_IN_CONCURRENCY);
    }

    /**
     * A limit of concurrent requests.
     *
     * @param key the configuration key of the limit
     * @param requests between {@link Exchange#admit} and their answer
     * @param reason the metric's label of a refusal
     * @param perSource a further limit for each source
     */
    record Limit(String key, int requests, Refusal reason, Optional<PerSource> perSource) {
        public Limit(String key, int requests, Refusal reason) {
            this(key, requests, reason, Optional.empty());
        }
    }

    /**
     * A limit for each source: one address, or one /64 of IPv6.
     *
     * @param requests of one source, running or queued
     * @param reason the metric's label of a refusal
     */
    record PerSource(int requests, Refusal reason) {}

    /**
     * Completes the exchange, now or later.
     *
     * @param parameter the value of the path's parameter
     */
    void handle(Exchange exchange, String parameter) throws Exception;

    /**
     * A path with at most one parameter, {@code /v1/client/{machine-id}/updates}. The parameter is one segment, never empty.
     *
     * @param text as in the API document and in the label of a metric
     */
    record PathTemplate(String text, String prefix, String suffix) {

        /** Reads {@code /v1/patches/{filename}}. */
        public static PathTemplate of(String text) {
            int open = text.indexOf('{');
            int close = text.indexOf('}');
            return open < 0
                    ? new PathTemplate(text, text, "")
                    : new PathTemplate(text, text.substring(0, open), text.substring(close + 1));
        }

        public boolean matches(String path) {
            return match(path).isPresent();
        }

        /** The value of the parameter, or empty text if the template has none; empty if the path does not match. */
        Optional<String> match(String path) {
            if (!text.contains("{")) {
                return path.equals(text) ? Optional.of("") : Optional.empty();
            }
            int end = path.length() - suffix.length();
            if (end <= prefix.length() || !path.startsWith(prefix) || !path.endsWith(suffix)) {
                return Optional.empty();
            }
            String value = path.substring(prefix.length(), end);
            return value.indexOf('/') < 0 ? Optional.of(value) : Optional.empty();
        }
    }
}
