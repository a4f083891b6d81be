package io.livepatch.server.config;

import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Section {@code server}. */
public record ServerConfig(
        @Option(value = "where to listen; port 0 takes a free one", key = "server-address", byDefault = "0.0.0.0:8080")
        InetSocketAddress address,

        @Option(
                value = "the workers of a unit share the port; each listens as soon as it is ready",
                byDefault = "false")
        boolean reusePort,

        @Option("where this worker alone answers health, debug, metrics and `/openapi.yaml`; port 0 takes a free one")
        Optional<InetSocketAddress> workerAddress,

        @Option(
                value = "the unit's name, in logs and in the lock of its store",
                byDefault = "livepatch/0",
                pattern = "[a-z][a-z0-9-]{0,50}/\\d{1,9}",
                expected = "the unit's name, such as livepatch/0")
        String unit,

        @Option(
                value =
                        "how machines reach a patch; `{filename}` once. Without it they are sent to the address that they used for"
                                + " their check-in ([Addresses of patches](#addresses-of-patches))",
                expected = "a URL such as https://livepatch.example.com:8443/v1/patches/{filename}")
        Optional<UrlTemplate> urlTemplate,

        @Option(
                live = true,
                value = "how long to serve on after SIGTERM while readiness says no; not if it was never ready",
                byDefault = "5s",
                min = "0s",
                max = "10m",
                example = "5s")
        Duration drain,

        @Option(value = "how much is logged; `warning` is `warn`", byDefault = "info", live = true)
        LogLevel logLevel,

        @Option(value = "concurrent check-ins", byDefault = "1000", min = "1", max = "100000", live = true)
        int concurrencyLimit,

        @Option(
                live = true,
                value = "requests of each kind waiting for a slot; more get 503 with `Retry-After`",
                byDefault = "500",
                min = "0",
                max = "100000")
        int burstLimit,

        @Option(
                value = "the lifetime of a signed URL",
                byDefault = "1h",
                min = "10s",
                max = LONGEST_URL_TTL,
                example = "1h")
        Duration urlTtl,

        @Option(
                value = "after how long a new key signs URLs ([security.md](security.md#times-and-clocks))",
                byDefault = "720h",
                min = "1h",
                max = "8760h",
                example = "720h",
                zero = "never")
        Duration signingKeyAge,

        // haproxy waits 30 s for an answer: a longer wait would end in an error for a change that is made.
        @Option(
                value =
                        "how long the answer to a change of tiers, patches or the store waits until all live units have it;"
                                + " then it names those that do not",
                byDefault = "5s",
                min = "0s",
                max = "20s",
                example = "5s")
        Duration changeWait,

        @Option(value = "larger uploads get 413", byDefault = "64MiB", min = "1KiB", max = "16GiB", example = "64MiB")
        DataSize maxPatchSize,

        @Option(
                value =
                        "a disk of the store or cache with less free than this, and less than a tenth, is reported as low in"
                                + " `/debug/status` and the status; below a tenth of that it is full",
                byDefault = "1GiB",
                max = "1TiB",
                example = "1GiB",
                zero = "no warnings")
        DataSize minFreeSpace,

        @Option(
                value =
                        "send machines to the bucket for a patch, by a URL that lives no longer than the signed one they"
                                + " came with",
                byDefault = "false")
        boolean redirectDownloads,

        @Option(value = "bounds on what one client can make the server hold", inline = true)
        ClientLimits clientLimits) {
    public static final String LONGEST_URL_TTL = "168h";

    /** How much is logged; logback's names. */
    public enum LogLevel {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR;

        /** Reads a name in any case, and {@code warning} for {@link #WARN}, as Python has it. */
        static LogLevel parse(String text) {
            String name = text.toUpperCase(Locale.ROOT).replace("WARNING", "WARN");
            return Stream.of(values())
                    .filter(level -> level.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("is not a log level"));
        }
    }

    /** Options of section {@code server} that bound what one client can make the server hold, and for how long. */
    public record ClientLimits(
            @Option(
                    live = true,
                    value =
                            "a request from such a peer comes from the last address in its `X-Forwarded-For`, every other from the"
                                    + " peer's own address. haproxy on the same machine connects from `127.0.0.1`",
                    byDefault = "127.0.0.1/32,::1/128",
                    separator = "[,\\s]+",
                    expected = "IP addresses and blocks such as 10.0.0.0/8, separated by commas")
            List<Cidr> trustedProxies,

            @Option(
                    live = true,
                    value =
                            "open connections; further ones are closed at once. Peers that are no trusted proxy get nine tenths"
                                    + " of them",
                    byDefault = "10000",
                    min = "1",
                    max = "1000000")
            int connectionLimit,

            @Option(
                    live = true,
                    value = "open connections of one address (one /64 of IPv6) that is no trusted proxy",
                    byDefault = "100",
                    min = "1",
                    max = "1000000")
            int sourceConnectionLimit,

            @Option(
                    live = true,
                    value =
                            "downloads at once; one source (address, or /64 of IPv6) gets at most a quarter of them, at work and"
                                    + " waiting together",
                    byDefault = "1000",
                    min = "1",
                    max = "100000")
            int downloadLimit,

            @Option(
                    live = true,
                    value =
                            "uploads of patches at once in each process, and no more than one for each 40 MiB of its heap (6 of"
                                    + " the usual `-Xmx256m`); 16 more wait",
                    byDefault = "4",
                    min = "1",
                    max = "32")
            int uploadLimit,

            @Option(
                    live = true,
                    value = "how long a connection is kept between two requests; keep it longer than a proxy keeps idle"
                            + " connections to the unit",
                    byDefault = "5m",
                    min = "1s",
                    max = "1h",
                    example = "5m")
            Duration idleTimeout,

            @Option(
                    live = true,
                    value =
                            "from the first byte of a request (or the start of a connection) to the end of its header fields;"
                                    + " then the connection is closed",
                    byDefault = "10s",
                    min = "100ms",
                    max = "5m",
                    example = "10s")
            Duration headTimeout,

            @Option(
                    live = true,
                    value = "from the header fields to the last byte of the body; then 408. Uploads are bounded by"
                            + " `min-data-rate` instead",
                    byDefault = "10s",
                    min = "100ms",
                    max = "5m",
                    example = "10s")
            Duration bodyTimeout,

            @Option(
                    live = true,
                    value = "a second, at which a response must be read and an upload must be sent",
                    byDefault = "1KiB",
                    max = "1GiB",
                    example = "1KiB",
                    zero = "no minimum")
            DataSize minDataRate,

            @Option(
                    live = true,
                    value =
                            "over which that is averaged; a slower reader's connection is closed, a slower upload gets 408",
                    byDefault = "20s",
                    min = "1s",
                    max = "10m",
                    example = "20s")
            Duration dataRatePeriod) {}
}
