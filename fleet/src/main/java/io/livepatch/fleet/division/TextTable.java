package io.livepatch.fleet.division;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Text in columns: one for each replica that is present, between a few in front and one for all together. */
final class TextTable {
    private final FlockPartition flockPartition;
    private final List<List<String>> rows = new ArrayList<>();

    /** Begins with its heads. */
    TextTable(FlockPartition flockPartition, List<String> front) {
        this.flockPartition = flockPartition;
        row(front, replica -> "replica " + replica, "total");
    }

    void row(List<String> front, IntFunction<String> each, String total) {
        rows.add(Stream.of(front.stream(), flockPartition.present().stream().map(each::apply), Stream.of(total))
                .flatMap(cells -> cells)
                .toList());
    }

    String text() {
        int[] widths = IntStream.range(0, rows.getFirst().size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                line.append("  ")
                        .append(row.get(column))
                        .repeat(' ', widths[column] - row.get(column).length());
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
