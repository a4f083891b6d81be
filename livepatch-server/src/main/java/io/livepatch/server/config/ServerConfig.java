package io.livepatch.server.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * Section {@code server}.
 *
 * @param address where to listen; port 0 takes any free one
 * @param reusePort whether the workers of a unit share the port of {@code address}
 * @param workerAddress where this worker alone answers probes
 * @param unit this unit's name, like {@code livepatch/0}, in logs, metrics and the lock of a filesystem store
 * @param urlTemplate how machines reach a patch
 * @param drain how long to go on serving after SIGTERM while readiness already says no
 * @param logLevel logback's name of the level
 * @param concurrencyLimit check-ins at work at once
 * @param burstLimit requests of each kind waiting for a slot; more are refused with 503
 * @param urlTtl life of a signed URL
 * @param signingKeyAge after which a new key signs URLs; 0 for never
 * @param changeWait how long the answer to a change waits for the other units at most
 * @param maxPatchSize in bytes
 * @param minFreeSpace in bytes: a disk with less free, and less than a tenth, is reported as low; 0 for never
 * @param redirectDownloads whether machines are sent to the place of storage for a patch, where it has URLs of its own
 * @param edge bounds on what one client can make the server hold
 */
public record ServerConfig(
        InetSocketAddress address,
        boolean reusePort,
        Optional<InetSocketAddress> workerAddress,
        String unit,
        UrlTemplate urlTemplate,
        Duration drain,
        String logLevel,
        int concurrencyLimit,
        int burstLimit,
        Duration urlTtl,
        Duration signingKeyAge,
        Duration changeWait,
        long maxPatchSize,
        long minFreeSpace,
        boolean redirectDownloads,
        EdgeConfig edge) {
    public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);
    public static final int DEFAULT_CONCURRENCY_LIMIT = 1000;
    public static final int DEFAULT_BURST_LIMIT = 500;
    public static final Duration DEFAULT_URL_TTL = Duration.ofHours(1);
    public static final Duration LONGEST_URL_TTL = Duration.ofDays(7);
    public static final Duration DEFAULT_SIGNING_KEY_AGE = Duration.ofDays(30);
    public static final Duration DEFAULT_CHANGE_WAIT = Duration.ofSeconds(5);
    /** The change itself takes time, too, and haproxy waits 30 s for an answer: a longer wait would end in an error for a change that is made. */
    public static final Duration LONGEST_CHANGE_WAIT = Duration.ofSeconds(20);

    public static final long DEFAULT_MAX_PATCH_SIZE = 64L << 20;
    public static final long DEFAULT_MIN_FREE_SPACE = 1L << 30;

    public ServerConfig {
        if (drain.isNegative() || concurrencyLimit < 1 || burstLimit < 0 || !urlTtl.isPositive() || maxPatchSize < 1) {
            throw new IllegalArgumentException("a limit of the server is out of range");
        }
        if (minFreeSpace < 0 || signingKeyAge.isNegative() || changeWait.isNegative()) {
            throw new IllegalArgumentException("a limit of the server is out of range");
        }
    }
}
