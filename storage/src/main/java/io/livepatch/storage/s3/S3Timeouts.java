package io.livepatch.storage.s3;

import java.time.Duration;

/**
 * The timeouts of requests.
 *
 * @param connect for the connection
 * @param read for the next bytes of an answer to a request without a body
 * @param call for a request without a body, including its retries
 * @param transfer for an attempt to send a patch, for each {@link #TRANSFER_UNIT} bytes or part of them; also for the answer after the
 *     last byte is sent
 * @param check for the check of the store
 */
record S3Timeouts(Duration connect, Duration read, Duration call, Duration transfer, Duration check) {
    static final long TRANSFER_UNIT = 5 << 20;

    // Call: less than the 30 s after which proxies give up a download that waits for it. Transfer: 5 MiB in a minute
    // are 87 KB/s. Check: health probes run every second or so, and take a late answer for a failure.
    static final S3Timeouts DEFAULT = new S3Timeouts(
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofMinutes(1),
            Duration.ofSeconds(3));
}
