package io.livepatch.server.metrics;

import java.util.Locale;

/** Why a request, a log-in or a connection was refused: the label {@code reason} of {@code refused_requests_total}. */
public enum Refusal {
    /** The header fields did not arrive within {@code server.head-timeout}; the connection was closed. */
    HEAD_TIMEOUT,
    /** The body did not arrive within {@code server.body-timeout}: 408. */
    BODY_TIMEOUT,
    /** The body is longer than its route reads: 413. */
    BODY_TOO_LARGE,
    /** The memory for bodies that are still arriving is in use: 503. */
    BODY_MEMORY,
    /** A response was read more slowly than {@code server.min-data-rate}; the connection was closed. */
    SLOW_READER,
    /** An upload was sent more slowly than {@code server.min-data-rate}: 408. */
    SLOW_UPLOAD,
    /** {@code server.connection-limit} connections are open; the new one was closed. */
    CONNECTIONS,
    /** The source has {@code server.source-connection-limit} connections open; the new one was closed. */
    SOURCE_CONNECTIONS,
    /** All slots for check-ins are in use and their queue is full: 503. */
    CHECK_IN_CONCURRENCY,
    /** All slots for downloads are in use and their queue is full: 503. */
    DOWNLOAD_CONCURRENCY,
    /** The source has a quarter of {@code server.download-limit} downloads running or queued: 503. */
    SOURCE_DOWNLOADS,
    /** All slots for uploads are in use and their queue is full: 503. */
    UPLOAD_CONCURRENCY,
    /** All slots for log-ins are in use and their queue is full: 503. */
    LOGIN_CONCURRENCY,
    /** All slots for other requests are in use and their queue is full: 503. */
    OTHER_CONCURRENCY,
    /** Too many unknown tokens wait to be looked up: 503. */
    TOKEN_READS,
    /** User or password is wrong: 401. */
    LOGIN_CREDENTIALS,
    /** The source failed to log in too often: 429. */
    LOGIN_SOURCE,
    /** The user is being guessed, and this source has failed to log in as that user: 429. */
    LOGIN_USER,
    /** The session token is malformed, unknown or expired: 401. */
    SESSION_TOKEN,
    /** The auth token is unknown or revoked: 401 or 403. */
    AUTH_TOKEN,
    /** Another client enrolled the machine, and it is not silent: 409. */
    MACHINE_TAKEOVER,
    /** The machine token is malformed or unknown: 401. */
    MACHINE_TOKEN,
    /** The signature of a URL is malformed, wrong or expired: 400 or 403. */
    SIGNED_URL;

    /** The value of the label, such as {@code body-timeout}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
