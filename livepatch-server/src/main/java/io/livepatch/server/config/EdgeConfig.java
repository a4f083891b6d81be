package io.livepatch.server.config;

import java.time.Duration;
import java.util.List;

/**
 * Keys of section {@code server} that bound what one client can make the server hold, and for how long.
 *
 * @param trustedProxies peers whose {@code X-Forwarded-For} names the source of a request
 * @param connectionLimit open connections; further ones are closed when they are accepted
 * @param sourceConnectionLimit open connections of one source address (of one /64 for IPv6) that is not a trusted proxy
 * @param downloadLimit downloads at once; one source gets at most a quarter of them
 * @param uploadLimit uploads of patches at once
 * @param idleTimeout how long a connection is kept between two requests
 * @param headTimeout from the first byte of a request to the end of its header fields
 * @param bodyTimeout from the header fields to the last byte of the body; uploads are bounded by {@code minDataRate} instead
 * @param minDataRate bytes a second at which a response must be read and an upload must be sent; 0 for no minimum
 * @param dataRatePeriod the time over which {@code minDataRate} is averaged
 */
public record EdgeConfig(
        List<Cidr> trustedProxies,
        int connectionLimit,
        int sourceConnectionLimit,
        int downloadLimit,
        int uploadLimit,
        Duration idleTimeout,
        Duration headTimeout,
        Duration bodyTimeout,
        long minDataRate,
        Duration dataRatePeriod) {
    /** What holds when no key is given. */
    public static final EdgeConfig DEFAULT = new EdgeConfig(
            List.of(Cidr.parse("127.0.0.1/32"), Cidr.parse("::1/128")),
            10_000,
            100,
            1_000,
            4,
            Duration.ofMinutes(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            1 << 10,
            Duration.ofSeconds(20));

    /** The same with another number of uploads at once. */
    public EdgeConfig withUploadLimit(int uploads) {
        return new EdgeConfig(
                trustedProxies,
                connectionLimit,
                sourceConnectionLimit,
                downloadLimit,
                uploads,
                idleTimeout,
                headTimeout,
                bodyTimeout,
                minDataRate,
                dataRatePeriod);
    }

    public EdgeConfig {
        trustedProxies = List.copyOf(trustedProxies);
        if (connectionLimit < 1 || sourceConnectionLimit < 1 || downloadLimit < 1 || uploadLimit < 1) {
            throw new IllegalArgumentException("a limit of the server is out of range");
        }
        if (!idleTimeout.isPositive()
                || !headTimeout.isPositive()
                || !bodyTimeout.isPositive()
                || minDataRate < 0
                || !dataRatePeriod.isPositive()) {
            throw new IllegalArgumentException("a deadline or data rate of the server is out of range");
        }
    }
}
