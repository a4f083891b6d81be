package io.livepatch.server.config;

import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import java.time.Duration;
import java.util.List;

/** Options of section {@code server} that bound what one client can make the server hold, and for how long. */
public record EdgeConfig(
        @Option(
                value =
                        "a request from such a peer comes from the last address in its `X-Forwarded-For`, every other from the"
                                + " peer's own address. haproxy on the same machine connects from `127.0.0.1`",
                byDefault = "127.0.0.1/32,::1/128",
                separator = "[,\\s]+",
                expected = "IP addresses and blocks such as 10.0.0.0/8, separated by commas")
        List<Cidr> trustedProxies,

        @Option(
                value =
                        "open connections; further ones are closed at once. Peers that are no trusted proxy get nine tenths"
                                + " of them",
                byDefault = "10000",
                min = "1",
                max = "1000000")
        int connectionLimit,

        @Option(
                value = "open connections of one address (one /64 of IPv6) that is no trusted proxy",
                byDefault = "100",
                min = "1",
                max = "1000000")
        int sourceConnectionLimit,

        @Option(
                value =
                        "downloads at once; one source (address, or /64 of IPv6) gets at most a quarter of them, at work and"
                                + " waiting together",
                byDefault = "1000",
                min = "1",
                max = "100000")
        int downloadLimit,

        @Option(
                value =
                        "uploads of patches at once in each process, and no more than one for each 40 MiB of its heap (6 of"
                                + " the usual `-Xmx256m`); 16 more wait",
                byDefault = "4",
                min = "1",
                max = "32")
        int uploadLimit,

        @Option(
                value = "how long a connection is kept between two requests; keep it longer than a proxy keeps idle"
                        + " connections to the unit",
                byDefault = "5m",
                min = "1s",
                max = "1h",
                example = "5m")
        Duration idleTimeout,

        @Option(
                value =
                        "from the first byte of a request (or the start of a connection) to the end of its header fields;"
                                + " then the connection is closed",
                byDefault = "10s",
                min = "100ms",
                max = "5m",
                example = "10s")
        Duration headTimeout,

        @Option(
                value = "from the header fields to the last byte of the body; then 408. Uploads are bounded by"
                        + " `min-data-rate` instead",
                byDefault = "10s",
                min = "100ms",
                max = "5m",
                example = "10s")
        Duration bodyTimeout,

        @Option(
                value = "a second, at which a response must be read and an upload must be sent",
                byDefault = "1KiB",
                max = "1GiB",
                example = "1KiB",
                zero = "no minimum")
        DataSize minDataRate,

        @Option(
                value = "over which that is averaged; a slower reader's connection is closed, a slower upload gets 408",
                byDefault = "20s",
                min = "1s",
                max = "10m",
                example = "20s")
        Duration dataRatePeriod) {}
