package io.livepatch.server.config;

import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import java.net.InetSocketAddress;
import java.time.Duration;
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
                value = "how machines reach a patch; `{filename}` once",
                expected = "a URL such as https://livepatch.example.com:8443/v1/patches/{filename}")
        UrlTemplate urlTemplate,

        @Option(
                value = "how long to serve on after SIGTERM while readiness says no; not if it was never ready",
                byDefault = "5s",
                min = "0s",
                max = "10m",
                example = "5s")
        Duration drain,

        @Option(value = "how much is logged; `warning` is `warn`", byDefault = "info")
        LogLevel logLevel,

        @Option(value = "check-ins at work at once", byDefault = "1000", min = "1", max = "100000")
        int concurrencyLimit,

        @Option(
                value = "requests of each kind waiting for a slot; more get 503 with `Retry-After`",
                byDefault = "500",
                min = "0",
                max = "100000")
        int burstLimit,

        @Option(
                value = "how long a signed URL is good for",
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
        EdgeConfig edge) {
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
}
