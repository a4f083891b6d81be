package io.livepatch.server.http;

import io.livepatch.server.metrics.Refusal;
import java.util.Set;

/**
 * A route that Jetty answers by itself, in front of Jersey, which costs 25 to 45 µs of CPU a request. It runs on one of
 * the few threads that serve connections: it never blocks, and hands work that would to somebody else. Thread-safe.
 */
public interface HotRoute {

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
     */
    record Limit(String key, int requests, Refusal reason) {}

    /**
     * Answers, now or later, by exactly one of the exchange's final methods.
     *
     * @param parameter the value of the path's parameter
     */
    void handle(Exchange exchange, String parameter) throws Exception;
}
