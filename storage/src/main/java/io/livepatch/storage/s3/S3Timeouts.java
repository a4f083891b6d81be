package io.livepatch.storage.s3;

import java.time.Duration;

/**
 * How long to wait, and for what.
 *
 * @param connect for a connection
 * @param silence for the next byte of an answer to a request without a body
 * @param call for a request without a body, with its repetitions
 * @param transfer for one request that sends a patch, for each {@link #TRANSFERRED} bytes begun, and for its
 *     answer when all of them are sent; it may be repeated once
 * @param check for the answer to whether the store works
 */
record S3Timeouts(Duration connect, Duration silence, Duration call, Duration transfer, Duration check) {
    static final long TRANSFERRED = 5 << 20;

    // A machine's download waits for a call, behind a proxy that gives up after 30 seconds or later. A transfer of 5
    // MiB in a minute needs 87 KB/s. A check is asked for every second or so, by those who take a late answer for a no.
    static final S3Timeouts USUAL = new S3Timeouts(
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofMinutes(1),
            Duration.ofSeconds(3));
}
