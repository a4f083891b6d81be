package io.livepatch.supervisor.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Variables of the supervisor's own environment in the values of {@code env}, and nowhere else: <code>${NAME}</code>,
 * <code>${NAME:-otherwise}</code>, and <code>$${</code> for the text <code>${</code> itself. Any other {@code $} stands for
 * itself, so that passwords survive.
 */
final class Variables {

    private static final Pattern REFERENCE =
            Pattern.compile("\\$\\$\\{|\\$\\{(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<otherwise>[^}]*))?})?");

    private final Map<String, String> environment;

    Variables(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Throws {@link IllegalArgumentException}, whose message quotes no value, for one that is not there. */
    String expand(String text) {
        return REFERENCE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(value((Matcher) found)));
    }

    private String value(Matcher found) {
        if (found.group().equals("$${")) {
            return "${";
        }
        String name = found.group("name");
        if (name == null) {
            throw new IllegalArgumentException(
                    "holds '${' without the name of a variable; write '$${' for that text itself");
        }
        String otherwise = found.group("otherwise");
        String value = environment.getOrDefault(name, otherwise);
        if (value == null) {
            throw new IllegalArgumentException(
                    "names '%s', which the supervisor's own environment does not have; set it there, or write '${%s:-…}'"
                            .formatted(name, name));
        }
        return value;
    }
}
