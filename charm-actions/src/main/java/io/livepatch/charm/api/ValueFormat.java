package io.livepatch.charm.api;

import io.livepatch.common.config.GoDuration;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The allowed values of an option: a range, a format or words. Juju's {@code config.yaml} cannot express it, so a charm declares
 * one for each option ({@link CharmMetadata#withFormats}).
 *
 * @param allowed completes "and may be …"
 * @param example an accepted value, for an option that has no default; may be empty
 * @param words the allowed words, for suggestions; empty if the format is not a choice of words
 * @param blankAllowed whether an empty value is allowed, which means that the option is unset
 * @param accepted tests a value that is not blank, without surrounding white space
 */
public record ValueFormat(
        String allowed, String example, List<String> words, boolean blankAllowed, Predicate<String> accepted) {

    public static final int MAX_PORT = 65_535;

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}");

    public ValueFormat {
        words = List.copyOf(words);
    }

    /** A number within these bounds, both inclusive. */
    public static ValueFormat number(long least, long most) {
        return new ValueFormat(
                "from " + least + " to " + most,
                String.valueOf(least),
                List.of(),
                false,
                text -> NUMBER.matcher(text).matches() && within(Long.parseLong(text), least, most));
    }

    /** A TCP port not below {@code lowest}. */
    public static ValueFormat port(int lowest) {
        return number(lowest, MAX_PORT);
    }

    /** A TCP port not below {@code lowest}, or 0. */
    public static ValueFormat portOrNone(int lowest) {
        ValueFormat port = port(lowest);
        return new ValueFormat(
                port.allowed + ", or 0 for none",
                "0",
                List.of(),
                false,
                text -> text.equals("0") || port.accepted.test(text));
    }

    /** A time in Go's notation within these bounds, both inclusive. */
    public static ValueFormat duration(Duration least, Duration most) {
        return of(
                "from " + GoDuration.print(least) + " to " + GoDuration.print(most),
                GoDuration.print(least),
                text -> within(text, least, most));
    }

    private static boolean within(String text, Duration least, Duration most) {
        try {
            Duration time = GoDuration.parse(text);
            return time.compareTo(least) >= 0 && time.compareTo(most) <= 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Juju's booleans. */
    public static ValueFormat flag() {
        return anyCase("true", "false");
    }

    /** One of these words, case-sensitive. */
    public static ValueFormat word(List<String> words) {
        return new ValueFormat(alternatives(words), words.getFirst(), words, false, words::contains);
    }

    /** One of these words, case-insensitive. */
    public static ValueFormat anyCase(String... words) {
        List<String> all = List.of(words);
        return new ValueFormat(
                alternatives(all), all.getFirst(), all, false, text -> all.contains(text.toLowerCase(Locale.ROOT)));
    }

    public static ValueFormat of(String allowed, String example, Predicate<String> accepted) {
        return new ValueFormat(allowed, example, List.of(), false, accepted);
    }

    /** The same, where an empty value means that the option is unset. */
    public ValueFormat orUnset() {
        return new ValueFormat(allowed, example, words, true, accepted);
    }

    boolean accepts(String value) {
        String text = value.strip();
        return text.isEmpty() ? blankAllowed : accepted.test(text);
    }

    /** Completes "… and may be": the format and an example. */
    String advice(String value, Optional<String> defaultValue) {
        Optional<String> similar = words.isEmpty() ? Optional.empty() : Suggestion.nearest(value, words);
        String usual = defaultValue.filter(this::accepts).orElse(example);
        return allowed
                + similar.map(word -> "; did you mean '" + word + "'?")
                        .orElse(usual.isEmpty() ? "" : ", such as " + usual);
    }

    private static boolean within(long value, long least, long most) {
        return value >= least && value <= most;
    }

    private static String alternatives(List<String> words) {
        int last = words.size() - 1;
        return last == 0 ? words.getFirst() : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }
}
