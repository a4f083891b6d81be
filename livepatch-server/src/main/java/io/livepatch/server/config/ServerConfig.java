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
        @Option(
                value = "the address to listen on; port 0 selects a free port",
                key = "server-address",
                byDefault = "0.0.0.0:8080")
        InetSocketAddress address,

        @Option(
                value = "whether the workers of a unit share the port; each listens when it is ready",
                byDefault = "false")
        boolean reusePort,

        @Option(
                "the address of this worker only, for health, debug, metrics and `/openapi.yaml`; port 0 selects a free port")
        Optional<InetSocketAddress> workerAddress,

        @Option(
                value = "the unit's name in logs and in the lock of its store",
                byDefault = "livepatch/0",
                pattern = "[a-z][a-z0-9-]{0,50}/\\d{1,9}",
                expected = "the unit's name, such as livepatch/0")
        String unit,

        @Option(
                value =
                        "the URL from which machines download a patch; contains `{filename}` once. Without it the URL begins with"
                                + " the address that the machine used for its check-in"
                                + " ([Addresses of patches](#addresses-of-patches))",
                expected = "a URL such as https://livepatch.example.com:8443/v1/patches/{filename}")
        Optional<UrlTemplate> urlTemplate,

        @Option(
                live = true,
                value =
                        "how long the server continues to serve after SIGTERM while it reports that it is not ready; a server"
                                + " that was never ready stops at once",
                byDefault = "5s",
                min = "0s",
                max = "10m",
                example = "5s")
        Duration drain,

        @Option(value = "the minimum level of log messages; `warning` is `warn`", byDefault = "info", live = true)
        LogLevel logLevel,

        @Option(
                value = "maximum number of concurrent check-ins",
                byDefault = "1000",
                min = "1",
                max = "100000",
                live = true)
        int concurrencyLimit,

        @Option(
                live = true,
                value = "maximum number of queued requests of each kind; further ones get 503 with `Retry-After`",
                byDefault = "500",
                min = "0",
                max = "100000")
        int burstLimit,

        @Option(
                value = "the lifetime of a signed URL",
                byDefault = "1h",
                min = "10s",
                max = MAX_URL_TTL,
                example = "1h")
        Duration urlTtl,

        @Option(
                value =
                        "the age at which the signing key of URLs is replaced ([security.md](security.md#times-and-clocks))",
                byDefault = "720h",
                min = "1h",
                max = "8760h",
                example = "720h",
                zero = "never")
        Duration signingKeyAge,

        // haproxy waits 30 s for an answer: a longer wait would end in an error for a change that is made.
        @Option(
                value =
                        "how long the answer to a change of tiers, patches or the store waits until all live units have the"
                                + " change; it names the units that do not have it by then",
                byDefault = "5s",
                min = "0s",
                max = "20s",
                example = "5s")
        Duration changeWait,

        @Option(
                value = "the maximum size of a patch; larger uploads get 413",
                byDefault = "64MiB",
                min = "1KiB",
                max = "16GiB",
                example = "64MiB")
        DataSize maxPatchSize,

        @Option(
                value =
                        "a disk of the store or cache is reported as low in `/debug/status` and the unit's status when its free"
                                + " space is below this size and below 10 % of the disk, and as full below a tenth of that",
                byDefault = "1GiB",
                max = "1TiB",
                example = "1GiB",
                zero = "no warnings")
        DataSize minFreeSpace,

        @Option(
                value =
                        "whether downloads are redirected to the bucket; the URL of the redirect expires no later than the"
                                + " signed URL of the request",
                byDefault = "false")
        boolean redirectDownloads,

        @Option(value = "limits of the resources that one client can use", inline = true)
        ClientLimits clientLimits) {
    public static final String MAX_URL_TTL = "168h";

    /** The minimum level of log messages; logback's names. */
    public enum LogLevel {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR;

        /** Parses a name in any case, and Python's {@code warning} as {@link #WARN}. */
        static LogLevel parse(String text) {
            String name = text.toUpperCase(Locale.ROOT).replace("WARNING", "WARN");
            return Stream.of(values())
                    .filter(level -> level.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("is not a log level"));
        }
    }

    /** Options of section {@code server} that limit the resources one client can use, and for how long. */
    public record ClientLimits(
            @Option(
                    live = true,
                    value =
                            "peers whose `X-Forwarded-For` is trusted: its last address is the source of the request. For other"
                                    + " peers the source is the peer's address. haproxy on the same machine connects from `127.0.0.1`",
                    byDefault = "127.0.0.1/32,::1/128",
                    separator = "[,\\s]+",
                    expected = "IP addresses and blocks such as 10.0.0.0/8, separated by commas")
            List<Cidr> trustedProxies,

            @Option(
                    live = true,
                    value =
                            "maximum number of open connections; further ones are closed at once. Peers that are not trusted"
                                    + " proxies can use 90 % of it",
                    byDefault = "10000",
                    min = "1",
                    max = "1000000")
            int connectionLimit,

            @Option(
                    live = true,
                    value =
                            "maximum number of open connections of one address (IPv6: one /64) that is not a trusted proxy",
                    byDefault = "100",
                    min = "1",
                    max = "1000000")
            int sourceConnectionLimit,

            @Option(
                    live = true,
                    value =
                            "maximum number of concurrent downloads; one source (address, or /64 of IPv6) can use a quarter of"
                                    + " it, running and queued downloads together",
                    byDefault = "1000",
                    min = "1",
                    max = "100000")
            int downloadLimit,

            @Option(
                    live = true,
                    value =
                            "maximum number of concurrent patch uploads of each process, limited to one per 40 MiB of its heap"
                                    + " (6 with `-Xmx256m`, the default); 16 more are queued",
                    byDefault = "4",
                    min = "1",
                    max = "32")
            int uploadLimit,

            @Option(
                    live = true,
                    value =
                            "how long a connection stays open between two requests; longer than a proxy in front keeps idle"
                                    + " connections to the unit",
                    byDefault = "5m",
                    min = "1s",
                    max = "1h",
                    example = "5m")
            Duration idleTimeout,

            @Option(
                    live = true,
                    value =
                            "the time limit from the first byte of a request (or the start of a connection) to the end of its"
                                    + " headers; then the connection is closed",
                    byDefault = "10s",
                    min = "100ms",
                    max = "5m",
                    example = "10s")
            Duration headTimeout,

            @Option(
                    live = true,
                    value =
                            "the time limit from the end of the headers to the end of the body; then 408. Uploads are limited"
                                    + " by `min-data-rate` instead",
                    byDefault = "10s",
                    min = "100ms",
                    max = "5m",
                    example = "10s")
            Duration bodyTimeout,

            @Option(
                    live = true,
                    value =
                            "the minimum rate in bytes per second at which a client must read a response and send an upload",
                    byDefault = "1KiB",
                    max = "1GiB",
                    example = "1KiB",
                    zero = "no minimum")
            DataSize minDataRate,

            @Option(
                    live = true,
                    value =
                            "the period over which the rate is averaged; the connection of a slower reader is closed, a slower"
                                    + " upload gets 408",
                    byDefault = "20s",
                    min = "1s",
                    max = "10m",
                    example = "20s")
            Duration dataRatePeriod) {}
}
