package io.livepatch.supervisor.admin;

import java.time.Instant;

/**
 * A line that a worker wrote.
 *
 * @param stream such as {@code stdout}
 * @param process which of the worker's processes it was, counted from 1
 */
public record OutputLine(Instant at, String stream, int process, String text) {}
