package io.livepatch.server.admin;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import io.livepatch.storage.ForeignText;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Renders a server's answers for a terminal. Control characters and escape sequences are replaced. */
final class TerminalText {
    private static final int MAX_LENGTH = 1000;
    private static final int MAX_WIDTH = 220;

    private TerminalText() {}

    static String printable(String text) {
        return ForeignText.printable(text, MAX_LENGTH);
    }

    /** A table with a row for each object and a column for each key. */
    static String table(JsonNode rows, List<String> keys) {
        List<JsonNode> list = rows.valueStream().toList();
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

    /** A line {@code key: value} for each member of an object. */
    static String members(JsonNode object) {
        return object.properties().stream()
                .map(entry -> printable(entry.getKey()) + ": " + cell(entry.getValue()) + "\n")
                .collect(Collectors.joining());
    }

    /** A value, or the values of a list. Of an object its reason: the only nested object of the API is that of a block. */
    static String cell(JsonNode value) {
        if (value.isArray()) {
            return value.valueStream().map(TerminalText::cell).collect(Collectors.joining(", "));
        }
        return printable(value.isObject() ? value.path("reason").asString("yes") : value.asString(""));
    }
}
