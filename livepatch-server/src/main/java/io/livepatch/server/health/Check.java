package io.livepatch.server.health;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * One part that the unit needs in order to serve.
 *
 * @param name as {@code /debug/status} shows it
 * @param problem why the part does not work, empty when it does; may block for a few seconds, and may throw
 */
public record Check(String name, Supplier<Optional<String>> problem) {

    /** A step that is done once, as soon as it succeeds, like reading a key that never changes. */
    public static Check once(String name, Supplier<Optional<String>> step) {
        return new Check(name, new Supplier<>() {
            private boolean done;

            @Override
            public Optional<String> get() {
                Optional<String> problem = done ? Optional.empty() : step.get();
                done = problem.isEmpty();
                return problem;
            }
        });
    }

    /** The answer in words; what is thrown is an answer, too. */
    Optional<String> ask() {
        try {
            return problem.get();
        } catch (RuntimeException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
