package io.livepatch.haproxy;

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
}
