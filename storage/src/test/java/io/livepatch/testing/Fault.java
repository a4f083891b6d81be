package io.livepatch.testing;

/** What a {@link FaultProxy} does to the traffic through it. */
sealed interface Fault {
    record Pass() implements Fault {}

    record Refuse() implements Fault {}

    record Hang() implements Fault {}

    record Slow(long bytesPerSecond) implements Fault {}

    record CutRequests(long after) implements Fault {}

    record CutAnswers(long after) implements Fault {}

    record LoseAnswer() implements Fault {}

    record Corrupt(long position) implements Fault {}
}
