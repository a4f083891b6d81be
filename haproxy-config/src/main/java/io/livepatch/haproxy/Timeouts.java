package io.livepatch.haproxy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long haproxy waits for whom. There is none for tunnels: no route of ours becomes one.
 *
 * @param connect for a server to take a connection
 * @param client for a client that neither sends nor reads
 * @param server for a server that neither sends nor reads
 * @param httpRequest for the head of a request to be complete, against clients that trickle
 * @param httpKeepAlive for a client's next request; machines poll hourly, so an idle connection is of little use
 * @param queue for a place at a server
 * @param hardStop for requests of an old worker to end after a reload
 */
public record Timeouts(
        Duration connect,
        Duration client,
        Duration server,
        Duration httpRequest,
        Duration httpKeepAlive,
        Duration queue,
        Duration hardStop) {
    public static final Timeouts DEFAULT = new Timeouts(
            Duration.ofSeconds(2),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(15),
            Duration.ofSeconds(10),
            Duration.ofMinutes(2));

    public Timeouts {
        Problems problems = new Problems("timeouts");
        Map<String, Duration> all = new LinkedHashMap<>();
        all.put("connect", connect);
        all.put("client", client);
        all.put("server", server);
        all.put("http-request", httpRequest);
        all.put("http-keep-alive", httpKeepAlive);
        all.put("queue", queue);
        all.put("hard-stop", hardStop);
        all.forEach((name, time) ->
                problems.unless(Grammar.isDuration(time), name + " of " + time + " is not " + Grammar.DURATION_RULE));
        problems.throwIfAny();
    }
}
