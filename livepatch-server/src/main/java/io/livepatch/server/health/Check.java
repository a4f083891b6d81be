package io.livepatch.server.health;

import io.livepatch.server.health.Availability.Purpose;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One part of the unit that can fail by itself.
 *
 * @param name as {@code /debug/status} shows it
 * @param neededFor what is impossible while this part has a fault; may be empty, and may change while the unit runs
 * @param fault why the part does not work, empty when it does; may block for a few seconds, and may throw
 */
public record Check(String name, Supplier<Set<Purpose>> neededFor, Supplier<Optional<Fault>> fault) {

    /** A part that is needed for these purposes. */
    public Check(String name, Set<Purpose> neededFor, Supplier<Optional<Fault>> fault) {
        this(name, () -> neededFor, fault);
    }

    /** A part that no kind of work needs. */
    public Check(String name, Supplier<Optional<String>> problem) {
        this(name, Set.of(), () -> problem.get().map(Fault::passing));
    }

    /** A step that is not repeated after its first success, such as reading a key that never changes. */
    public static Check once(String name, Set<Purpose> neededFor, Supplier<Optional<Fault>> step) {
        return new Check(name, neededFor, new Supplier<>() {
            private boolean done;

            @Override
            public Optional<Fault> get() {
                Optional<Fault> fault = done ? Optional.empty() : step.get();
                done = fault.isEmpty();
                return fault;
            }
        });
    }

    /** The fault now. An exception is a fault, and so is an error such as a class that is missing: the other parts must be checked. */
    Optional<Fault> ask() {
        try {
            return fault.get();
        } catch (RuntimeException e) {
            return Optional.of(Fault.passing(String.valueOf(e.getMessage())));
        } catch (Error e) {
            return Optional.of(Fault.passing("the check failed with " + e));
        }
    }

    /**
     * Why a part of the unit does not work.
     *
     * @param text the cause and the remedy, without secrets
     * @param lasting whether it stays until an operator changes a setting, such as a wrong key; others may pass by themselves
     */
    public record Fault(String text, boolean lasting) {
        /** A fault that may pass by itself. */
        public static Fault passing(String text) {
            return new Fault(text, false);
        }

        /** A fault that stays until an operator acts. */
        public static Fault lasting(String text) {
            return new Fault(text, true);
        }
    }
}
