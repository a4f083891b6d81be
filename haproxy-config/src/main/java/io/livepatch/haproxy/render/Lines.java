package io.livepatch.haproxy.render;

import java.time.Duration;
import java.util.StringJoiner;

/** The text as it grows: sections at the margin, everything in them indented. */
final class Lines {
    private final StringJoiner text = new StringJoiner("\n", "", "\n");

    Lines section(String head) {
        text.add("").add(head);
        return this;
    }

    Lines add(String line) {
        text.add("  " + line);
        return this;
    }

    Lines addIf(boolean wanted, String line) {
        return wanted ? add(line) : this;
    }

    /** Says why the next line is there, to whoever reads the file at night. */
    Lines why(String comment) {
        return add("# " + comment);
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** With its unit, always: a bare number means milliseconds to one keyword and seconds to another. */
    static String time(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
