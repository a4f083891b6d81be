package io.livepatch.server.http;

import io.livepatch.server.metrics.Refusal;
import java.util.Optional;
import java.util.Set;

/**
 * A route that Jetty answers by itself, in front of Jersey, which costs 25 to 45 µs of CPU a request. It runs on one of
 * the few threads that serve connections: it never blocks, and passes blocking work to another executor. Thread-safe.
 */
public interface DirectRoute {

    PathTemplate path();

    /** The methods it answers; all others get 405. */
    Set<String> methods();

    /** Whether it says how the unit is: then it is answered even when the unit has more requests than it may take. */
    default boolean probe() {
        return false;
    }

    /** Whether it reads the body by {@link Exchange#body}; for others the body is read and dropped before. */
    default boolean readsBody() {
        return methods().contains("POST");
    }

    /** How many of its requests may be at work at once. */
    default Limit limit(HttpServer.Settings settings) {
        return new Limit("server.concurrency-limit", settings.concurrencyLimit(), Refusal.CHECK_IN_CONCURRENCY);
    }

    /**
     * A limit of requests at work.
     *
     * @param key the key that it is configured by
     * @param requests at work at once, from {@link Exchange#admit} until they are answered
     * @param reason what a refusal is counted as
     * @param perSource a further limit for each source; empty if one source may have all
     */
    record Limit(String key, int requests, Refusal reason, Optional<PerSource> perSource) {
        /** One source may have all. */
        public Limit(String key, int requests, Refusal reason) {
            this(key, requests, reason, Optional.empty());
        }
    }

    /**
     * A limit for each source: one address, or one /64 of IPv6.
     *
     * @param requests of one source, at work or waiting for a slot
     * @param reason what a refusal is counted as
     */
    record PerSource(int requests, Refusal reason) {}

    /**
     * Answers, now or later, by exactly one of the exchange's final methods.
     *
     * @param parameter the value of the path's parameter
     */
    void handle(Exchange exchange, String parameter) throws Exception;

    /**
     * A path with at most one parameter, {@code /v1/client/{machine-id}/updates}. The parameter is one segment, never empty.
     *
     * @param text as it stands in the API document and in the label of a metric
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

        /** Whether that is a path of this template. */
        public boolean matches(String path) {
            return match(path).isPresent();
        }

        /** The value of the parameter (empty text where the template has none), or nothing if the path is another one. */
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
