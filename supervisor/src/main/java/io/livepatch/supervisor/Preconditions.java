package io.livepatch.supervisor;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Argument checks of this package's records. Each error names the component, its value and the allowed values. */
final class Preconditions {

    private static final Predicate<String> SIGNAL =
            Pattern.compile("[A-Z][A-Z0-9]{1,8}").asMatchPredicate();

    private Preconditions() {}

    static void that(boolean holds, String what, Object value, String allowed) {
        if (!holds) {
            throw new SupervisorException.InvalidSpec("'%s' is no %s: %s".formatted(value, what, allowed));
        }
    }

    static void positive(Duration value, String what) {
        that(value.isPositive(), what, value, "it must be longer than nothing");
    }

    static void positive(long value, String what) {
        that(value > 0, what, value, "it must be more than none");
    }

    static void signal(String value, String what) {
        that(
                SIGNAL.test(value) && !value.startsWith("SIG"),
                what,
                value,
                "give a name such as TERM, INT, USR1 or KILL");
    }

    static void port(int value, String what) {
        that(value >= 1 && value <= 65535, what, value, "from 1 to 65535");
    }

    static boolean holdsNul(String text) {
        return text.indexOf('\0') >= 0;
    }
}
