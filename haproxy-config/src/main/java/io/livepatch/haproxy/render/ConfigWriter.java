package io.livepatch.haproxy.render;

import java.time.Duration;
import java.util.StringJoiner;

/** Builds the text of {@code haproxy.cfg}: section headings at the margin, everything else indented. */
final class ConfigWriter {
    private final StringJoiner text = new StringJoiner("\n", "", "\n");

    ConfigWriter section(String head) {
        text.add("").add(head);
        return this;
    }

    ConfigWriter add(String line) {
        text.add("  " + line);
        return this;
    }

    ConfigWriter addIf(boolean wanted, String line) {
        return wanted ? add(line) : this;
    }

    /** Explains the next line to the operator who reads the file. */
    ConfigWriter comment(String comment) {
        return add("# " + comment);
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** A duration with its unit, because a number alone means milliseconds to some keywords and seconds to others. */
    static String time(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
