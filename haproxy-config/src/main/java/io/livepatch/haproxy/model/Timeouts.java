package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Time-outs. There is none for tunnels, because no request of this model becomes a tunnel.
 *
 * @param connect for a server to accept a connection
 * @param client for a client that neither sends nor reads. haproxy 2.6 applies it to the TLS handshake too, so with a long one
 *     silent clients hold their connections for long
 * @param server for a server that neither sends nor reads
 * @param httpRequest for the head of a request to be complete, against clients that send it byte by byte
 * @param body for the whole body of a request to arrive, on routes that hold it until it is complete
 * @param httpKeepAlive for the next request on an idle client connection
 * @param queue for a request that waits because all servers have their maximum of connections
 * @param hardStop for an old worker to finish its requests after a reload
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
        Violations violations = new Violations("timeouts");
        Map<String, Duration> all = new LinkedHashMap<>();
        all.put("connect", connect);
        all.put("client", client);
        all.put("server", server);
        all.put("http-request", httpRequest);
        all.put("body", body);
        all.put("http-keep-alive", httpKeepAlive);
        all.put("queue", queue);
        all.put("hard-stop", hardStop);
        all.forEach((name, time) -> violations.unless(
                ConfigSyntax.isDuration(time), name + " of " + time + " is not " + ConfigSyntax.DURATION_RULE));
        violations.throwIfAny();
    }
}
