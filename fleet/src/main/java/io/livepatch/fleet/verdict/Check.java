package io.livepatch.fleet.verdict;

/**
 * One thing that had to hold.
 *
 * @param threshold as it was written
 * @param measured in words, with what it was measured on
 */
public record Check(String threshold, String measured, boolean passed) {}
