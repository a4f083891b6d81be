package io.livepatch.server.admin;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** Lists of JSON objects as tables. */
final class Tables {
    private static final int MAX_WIDTH = 220;

    private Tables() {}

    /** One row an object, one column a key. */
    static String text(JsonNode rows, List<String> keys) {
        List<JsonNode> list = StreamSupport.stream(rows.spliterator(), false).toList();
        if (list.isEmpty()) {
            return "none";
        }
        List<ColumnData<JsonNode>> columns = keys.stream()
                .map(key -> new Column()
                        .header(key)
                        .headerAlign(HorizontalAlign.LEFT)
                        .dataAlign(HorizontalAlign.LEFT)
                        .maxWidth(MAX_WIDTH)
                        .with((JsonNode row) -> cell(row.path(key))))
                .toList();
        return AsciiTable.getTable(AsciiTable.NO_BORDERS, list, columns)
                .lines()
                .map(String::stripTrailing)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n"));
    }

    /** A value; of a list its values; of an object, which here always says why, its reason. */
    static String cell(JsonNode value) {
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false)
                    .map(Tables::cell)
                    .collect(Collectors.joining(", "));
        }
        return Problem.printable(value.isObject() ? value.path("reason").asString("yes") : value.asString(""));
    }
}
