package io.livepatch.fleet.protocol;

/**
 * What a machine holds once it is enrolled.
 *
 * @param tier where its patches come from
 */
public record Enrolment(Credentials credentials, String tier) {}
