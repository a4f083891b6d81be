package io.livepatch.server.task;

/** How much of something is done. */
public record Amount(long done, long total) {}
