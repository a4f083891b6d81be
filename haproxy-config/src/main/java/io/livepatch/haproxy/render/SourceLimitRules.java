package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.haproxy.render.ConfigWriter.ErrorResponse;

/**
 * Writes {@link SourceLimits} as rules. Connections are checked when they are accepted, before the TLS handshake; requests when
 * their head has arrived. Each count needs a table of its own: in one table an HTTP/2 stream would count as a connection.
 */
final class SourceLimitRules {
    /** IPv4 addresses one by one, IPv6 addresses by their /64. */
    private static final String SOURCE = "src,ipmask(32,64)";
    /** About 10 MB at most. A full table drops the least recently used entries that have nothing open. */
    private static final String TABLE = "stick-table type ipv6 size 100k expire 1m store ";

    private static final int RETRY_AFTER_SECONDS = 5;
    private static final ErrorResponse TOO_MANY_REQUESTS = new ErrorResponse(
            429, "Too Many Requests", "this address sends more requests than one address may; try again later");

    private SourceLimitRules() {}

    static void writeTables(SourceLimits limits, ConfigWriter writer) {
        String period = "(" + SourceLimits.PERIOD_SECONDS + "s)";
        writer.section("backend " + LoadBalancer.CONNECTION_TABLE)
                .comment("the open connections of each client address; 'show table " + LoadBalancer.CONNECTION_TABLE
                        + "' on the admin socket lists them")
                .add(TABLE + "conn_cur,conn_rate" + period)
                .section("backend " + LoadBalancer.REQUEST_TABLE)
                .add(TABLE + "conn_cur,http_req_rate" + period);
    }

    /**
     * For a frontend of any kind.
     *
     * @param maxConnections the frontend's own
     */
    static void writeConnectionRules(SourceLimits limits, int maxConnections, ConfigWriter writer) {
        boolean trust = !limits.trusted().isEmpty();
        writer.addIf(trust, "acl trusted_source src " + String.join(" ", limits.trusted()))
                .add("tcp-request connection track-sc0 " + SOURCE + " table " + LoadBalancer.CONNECTION_TABLE
                        + (trust ? " unless trusted_source" : ""))
                .add("acl many_connections sc0_conn_cur gt " + limits.connections())
                .comment(
                        "a lower limit per address while this frontend is half full, so that a group of addresses cannot fill it")
                .add("acl crowded fe_conn gt " + maxConnections / 2)
                .add("acl some_connections sc0_conn_cur gt " + limits.connectionsWhenCrowded())
                .add("acl many_new_connections sc0_conn_rate gt " + limits.connectionRate());
        reject("many_connections or crowded some_connections", RefusalReason.SOURCE_CONNECTIONS, writer);
        reject("many_new_connections", RefusalReason.SOURCE_CONNECTION_RATE, writer);
    }

    private static void reject(String condition, RefusalReason reason, ConfigWriter writer) {
        writer.add("tcp-request connection " + reason.countAction() + " if " + condition)
                .add("tcp-request connection reject if " + condition);
    }

    /**
     * For a backend: while half of its servers' connection slots are in use, an address may have fewer requests. A slow reader
     * holds a slot for as long as it reads. While no server is up there are no slots, and the answer is 503.
     */
    static void writeBackendRules(SourceLimits limits, ConfigWriter writer) {
        writer.comment(
                        "a lower limit per address while half of the servers' connections are in use, so that a group of addresses cannot"
                                + " use all of them")
                .add("acl some_requests sc1_conn_cur gt " + limits.requestsWhenCrowded())
                .add("acl some_up nbsrv gt 0")
                .add("http-request set-var(txn.taken) be_conn if some_requests some_up")
                .add("acl crowded be_conn_free,sub(txn.taken) lt 0");
        refuse("some_requests some_up crowded", RefusalReason.SOURCE_REQUESTS, writer);
    }

    static void writeRequestRules(SourceLimits limits, ConfigWriter writer) {
        writer.add("http-request track-sc1 " + SOURCE + " table " + LoadBalancer.REQUEST_TABLE
                        + (limits.trusted().isEmpty() ? "" : " unless trusted_source"))
                .add("acl many_requests sc1_conn_cur gt " + limits.requests())
                .add("acl request_flood sc1_http_req_rate gt " + limits.requestRate())
                .comment("one in 100 of these refusals is logged, so that a flood does not fill the disk");
        refuse("many_requests", RefusalReason.SOURCE_REQUESTS, writer);
        refuse("request_flood", RefusalReason.SOURCE_REQUEST_RATE, writer);
    }

    private static void refuse(String condition, RefusalReason reason, ConfigWriter writer) {
        writer.add("http-request " + reason.countAction() + " if " + condition)
                .add("http-request set-log-level silent if " + condition + " { rand(100) gt 0 }")
                .add("http-request " + TOO_MANY_REQUESTS.asReturnAction() + " hdr Retry-After " + RETRY_AFTER_SECONDS
                        + " if " + condition);
    }
}
