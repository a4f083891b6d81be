package io.livepatch.testing;

import java.util.function.Predicate;

/** The fault that a {@link FaultProxy} injects into its traffic. */
sealed interface Fault {
    record Pass() implements Fault {}

    record Refuse() implements Fault {}

    record Hang() implements Fault {}

    record Slow(long bytesPerSecond) implements Fault {}

    record CutRequests(long after) implements Fault {}

    record CutAnswers(long after) implements Fault {}

    record LoseAnswer(Predicate<String> request) implements Fault {}

    record Corrupt(long position) implements Fault {}
}
