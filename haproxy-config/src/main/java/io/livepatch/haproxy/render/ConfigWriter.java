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

    ConfigWriter addIf(boolean condition, String line) {
        return condition ? add(line) : this;
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

    /** An error that haproxy answers itself, as {@code application/problem+json} (RFC 9457). */
    record ErrorResponse(int status, String title, String detail) {
        static final ErrorResponse NOT_FOUND = new ErrorResponse(404, "Not Found", "there is no such route here");

        /** The action of an {@code http-request} rule. */
        String asReturnAction() {
            return "return status " + status + " " + content();
        }

        /** The directive that replaces haproxy's own HTML page for this status. */
        String asHttpError() {
            return "http-error status " + status + " " + content();
        }

        private String content() {
            return "content-type application/problem+json string '{\"type\":\"about:blank\",\"title\":\"" + title
                    + "\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}'";
        }
    }
}
