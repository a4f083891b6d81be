package io.livepatch.server.health;

import io.livepatch.server.health.Availability.Capability;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The health check of one part of the unit.
 *
 * @param name of the part, as {@code /debug/status} shows it
 * @param neededFor the capabilities that a fault of this part disables; may change while the unit runs
 * @param fault the current fault; may block for a few seconds, and may throw
 */
public record ReadinessCheck(String name, Supplier<Set<Capability>> neededFor, Supplier<Optional<Fault>> fault) {

    /** A part that is always needed for these capabilities. */
    public ReadinessCheck(String name, Set<Capability> neededFor, Supplier<Optional<Fault>> fault) {
        this(name, () -> neededFor, fault);
    }

    /** A part that no capability needs. */
    public ReadinessCheck(String name, Supplier<Optional<String>> problem) {
        this(name, Set.of(), () -> problem.get().map(Fault::passing));
    }

    /** A check that is not repeated after its first success. */
    public static ReadinessCheck once(String name, Set<Capability> neededFor, Supplier<Optional<Fault>> step) {
        return new ReadinessCheck(name, neededFor, new Supplier<>() {
            private boolean done;

            @Override
            public Optional<Fault> get() {
                Optional<Fault> fault = done ? Optional.empty() : step.get();
                done = fault.isEmpty();
                return fault;
            }
        });
    }

    /** The current fault. An exception is a fault, and so is an {@link Error} such as a missing class: the other checks must run. */
    Optional<Fault> evaluate() {
        try {
            return fault.get();
        } catch (RuntimeException e) {
            return Optional.of(Fault.passing(String.valueOf(e.getMessage())));
        } catch (Error e) {
            return Optional.of(Fault.passing("the check failed with " + e));
        }
    }

    /**
     * A fault of a part of the unit.
     *
     * @param text the cause and the remedy, without secrets
     * @param lasting whether it lasts until an operator changes a setting, such as a wrong key
     */
    public record Fault(String text, boolean lasting) {
        public static Fault passing(String text) {
            return new Fault(text, false);
        }

        public static Fault lasting(String text) {
            return new Fault(text, true);
        }
    }
}
