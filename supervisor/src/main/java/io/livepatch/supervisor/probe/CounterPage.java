package io.livepatch.supervisor.probe;

import java.util.OptionalLong;

/** Reads one counter from a page in Prometheus' text format. */
final class CounterPage {

    private CounterPage() {}

    /** The sum over all labels; empty when the page has no such sample, or one that is no number. */
    static OptionalLong sum(String page, String metric) {
        double sum = 0;
        boolean found = false;
        for (String line : page.lines().toList()) {
            if (line.startsWith(metric) && line.length() > metric.length()) {
                char next = line.charAt(metric.length());
                if (next == ' ' || next == '{') {
                    String rest = line.substring(line.lastIndexOf('}') + 1).strip();
                    String value =
                            next == '{' ? rest : line.substring(metric.length()).strip();
                    try {
                        sum += Double.parseDouble(value.split(" ", 2)[0]);
                        found = true;
                    } catch (NumberFormatException notOne) {
                        return OptionalLong.empty();
                    }
                }
            }
        }
        return found ? OptionalLong.of((long) sum) : OptionalLong.empty();
    }
}
