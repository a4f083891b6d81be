package io.livepatch.charm.api;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code livepatch/0}. Ordered by application, then number, so that {@code /10} comes after {@code /2}. */
public record UnitName(String application, int number) implements Comparable<UnitName> {
    private static final Pattern PATTERN =
            Pattern.compile("(?<application>[a-z][a-z0-9-]{0,39})/(?<number>[0-9]{1,9})");
    private static final int MAX_APPLICATION_LENGTH = 40;
    private static final int MAX_NUMBER = 999_999_999;
    private static final Comparator<UnitName> ORDER =
            Comparator.comparing(UnitName::application).thenComparingInt(UnitName::number);

    public UnitName {
        if (number < 0 || number > MAX_NUMBER || !isApplication(application)) {
            throw new IllegalArgumentException(
                    "'" + application + "/" + number + "' is not a unit name like livepatch/0");
        }
    }

    /** The pattern in code, because names are created often and a regular expression is slower. */
    private static boolean isApplication(String text) {
        if (text.isEmpty() || text.length() > MAX_APPLICATION_LENGTH || !isLetter(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isLetter(c) && !(c >= '0' && c <= '9') && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z';
    }

    /** Empty when the text is not of the form {@code application/number}. */
    public static Optional<UnitName> parse(String text) {
        Matcher matcher = PATTERN.matcher(text);
        return matcher.matches()
                ? Optional.of(new UnitName(matcher.group("application"), Integer.parseInt(matcher.group("number"))))
                : Optional.empty();
    }

    /** As part of a file name: {@code livepatch-0}. */
    public String fileName() {
        return application + "-" + number;
    }

    @Override
    public int compareTo(UnitName other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return application + "/" + number;
    }
}
