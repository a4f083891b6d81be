package io.livepatch.haproxy.model;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long haproxy waits for whom. There is none for tunnels: no route of ours becomes one.
 *
 * @param connect for a server to take a connection
 * @param client for a client that neither sends nor reads; also for its TLS handshake, for which haproxy 2.6 has no time-out of its
 *     own, so a long one lets silent clients hold their connections
 * @param server for a server that neither sends nor reads
 * @param httpRequest for the head of a request to be complete, against clients that trickle
 * @param body for the whole body of a request to arrive, on routes that hold it until it is complete
 * @param httpKeepAlive for a client's next request; machines poll hourly, so an idle connection is of little use
 * @param queue for a place at a server
 * @param hardStop for requests of an old worker to end after a reload
 */
public record Timeouts(
        Duration connect,
        Duration client,
        Duration server,
        Duration httpRequest,
        Duration body,
        Duration httpKeepAlive,
        Duration queue,
        Duration hardStop) {
    public static final Timeouts DEFAULT = new Timeouts(
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofMinutes(2));

    public Timeouts {
        Problems problems = new Problems("timeouts");
        Map<String, Duration> all = new LinkedHashMap<>();
        all.put("connect", connect);
        all.put("client", client);
        all.put("server", server);
        all.put("http-request", httpRequest);
        all.put("body", body);
        all.put("http-keep-alive", httpKeepAlive);
        all.put("queue", queue);
        all.put("hard-stop", hardStop);
        all.forEach((name, time) ->
                problems.unless(Grammar.isDuration(time), name + " of " + time + " is not " + Grammar.DURATION_RULE));
        problems.throwIfAny();
    }
}
