package io.livepatch.fleet.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lines of a table for a terminal: the first column on the left, the others on the right. Each is as wide as what is in it, but not less than a usual
 * one, so that the tables of several flocks mostly stand alike.
 */
final class Columns {
    private final int[] widths;
    private final List<List<String>> rows = new ArrayList<>();

    Columns(int... usual) {
        this.widths = usual.clone();
    }

    void row(String... cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], cells[i].codePointCount(0, cells[i].length()));
        }
        rows.add(List.of(cells));
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            text.append("  ").append(row.getFirst()).append(blanks(0, row.getFirst()));
            IntStream.range(1, widths.length)
                    .forEach(i -> text.append(' ').append(blanks(i, row.get(i))).append(row.get(i)));
            text.append('\n');
        }
        return text.toString();
    }

    private String blanks(int column, String cell) {
        return " ".repeat(widths[column] - cell.codePointCount(0, cell.length()));
    }
}
