package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import io.livepatch.common.config.ConfigSchema.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The options of a configuration as data, for the documentation and for programs that write such configurations. */
public final class OptionTable {
    /**
     * One option.
     *
     * @param path such as {@code supervisor.workers[].replicas}
     * @param type of the value: {@code string}, {@code integer}, {@code boolean}, {@code duration}, …; a list or a map of these
     * @param expected the accepted values
     * @param option its declaration
     */
    public record Row(String path, String type, String expected, boolean required, boolean secret, Option option) {}

    private static final Pattern TABLE =
            Pattern.compile("(?m)^(?<marker><!-- options(?: (?<prefix>\\S+))? -->\\n)(?:(?:\\|.*)?\\n)*");

    private OptionTable() {}

    /** All options, in the order of their declaration. */
    public static List<Row> rows(Class<? extends Record> type, KeyStyle style) {
        List<Row> rows = new ArrayList<>();
        collect(ConfigSchema.of(type, style), "", rows);
        return rows;
    }

    private static void collect(ConfigSchema schema, String prefix, List<Row> rows) {
        for (Entry entry : schema.entries()) {
            String path = prefix + entry.key();
            switch (entry.shape()) {
                case SECTION -> collect(entry.section(), entry.inline() ? prefix : path + ".", rows);
                case SECTIONS -> collect(entry.section(), path + "[].", rows);
                case VALUE, VALUES, MAP -> rows.add(row(entry, path));
            }
        }
    }

    /**
     * The options whose values differ between two configurations of one type, in the order of their declaration. If a list of sections
     * differs, all options of these sections do.
     */
    public static <T extends Record> List<Row> changed(T before, T after, KeyStyle style) {
        List<Row> rows = new ArrayList<>();
        collectChanged(ConfigSchema.of(before.getClass(), style), Optional.of(before), Optional.of(after), "", rows);
        return rows;
    }

    private static void collectChanged(
            ConfigSchema schema, Optional<Object> before, Optional<Object> after, String prefix, List<Row> rows) {
        for (Entry entry : schema.entries()) {
            Optional<Object> old = before.flatMap(section -> value(entry, section));
            Optional<Object> now = after.flatMap(section -> value(entry, section));
            if (old.equals(now)) {
                continue;
            }
            String path = prefix + entry.key();
            switch (entry.shape()) {
                case SECTION -> collectChanged(entry.section(), old, now, entry.inline() ? prefix : path + ".", rows);
                case SECTIONS -> collect(entry.section(), path + "[].", rows);
                case VALUE, VALUES, MAP -> rows.add(row(entry, path));
            }
        }
    }

    private static Optional<Object> value(Entry entry, Object section) {
        Object value = entry.valueIn(section);
        return value instanceof Optional<?> optional ? optional.map(Object.class::cast) : Optional.of(value);
    }

    private static Row row(Entry entry, String path) {
        Option option = entry.option();
        String type = switch (entry.shape()) {
            case VALUES -> "list of " + entry.type().name();
            case MAP -> "map of " + entry.type().name();
            default -> entry.type().name();
        };
        boolean required = entry.shape() == Shape.VALUE
                && !entry.optional()
                && option.byDefault().isEmpty();
        return new Row(path, type, entry.expected(), required, entry.secret(), option);
    }

    /** A table of the options whose paths begin with a prefix, whose sections the table leaves out. */
    public static String markdown(Class<? extends Record> type, KeyStyle style, String prefix) {
        return markdown(
                rows(type, style).stream()
                        .filter(row -> row.path().startsWith(prefix))
                        .toList(),
                prefix);
    }

    private static String markdown(List<Row> rows, String prefix) {
        return rows.stream()
                .map(row -> "| `%s` | %s | %s | %s |"
                        .formatted(
                                row.path().substring(prefix.lastIndexOf('.') + 1),
                                row.option().byDefault().isEmpty()
                                        ? (row.required() ? "required" : "")
                                        : "`" + row.option().byDefault() + "`",
                                row.expected().replace("|", "\\|"),
                                row.option().value() + (row.option().live() ? " (live)" : "")))
                .collect(Collectors.joining("\n", "| Key | Default | Values | Meaning |\n|---|---|---|---|\n", "\n"));
    }

    /**
     * Updates the tables of a document. A table follows a line {@code <!-- options PREFIX -->}; an option is in the table with the
     * longest prefix of its path, and the table without a prefix has all others. Tests compare the result with the document.
     *
     * @throws IllegalStateException if an option is in no table
     */
    public static String renew(String document, Class<? extends Record> type, KeyStyle style) {
        List<String> prefixes =
                TABLE.matcher(document).results().map(OptionTable::prefix).toList();
        Map<String, List<Row>> tables = rows(type, style).stream()
                .collect(Collectors.groupingBy(row -> prefixes.stream()
                        .filter(row.path()::startsWith)
                        .max(Comparator.comparingInt(String::length))
                        .orElseThrow(() ->
                                new IllegalStateException("no table of the document has room for " + row.path()))));
        return TABLE.matcher(document)
                .replaceAll(found -> Matcher.quoteReplacement(found.group("marker") + "\n"
                        + markdown(tables.getOrDefault(prefix(found), List.of()), prefix(found))
                        + "\n"));
    }

    private static String prefix(MatchResult table) {
        return Objects.requireNonNullElse(table.group("prefix"), "");
    }

    /** All options as a YAML list, for programs that must not depend on this one's classes. */
    public static String schema(Class<? extends Record> type, KeyStyle style) {
        Map<String, Object> options = new LinkedHashMap<>();
        for (Row row : rows(type, style)) {
            Map<String, Object> option = new LinkedHashMap<>();
            option.put("type", row.type());
            putUnlessEmpty(option, "default", row.option().byDefault());
            putUnlessEmpty(option, "min", row.option().min());
            putUnlessEmpty(option, "max", row.option().max());
            putUnlessEmpty(option, "zero", row.option().zero());
            putUnlessEmpty(option, "pattern", row.option().pattern());
            putUnlessEmpty(option, "separator", row.option().separator());
            option.put("expected", row.expected());
            if (row.required()) {
                option.put("required", true);
            }
            if (row.secret()) {
                option.put("secret", true);
            }
            if (row.option().live()) {
                option.put("live", true);
            }
            option.put("description", row.option().value());
            options.put(row.path(), option);
        }
        return ConfigPrinter.yaml(options);
    }

    private static void putUnlessEmpty(Map<String, Object> option, String key, String text) {
        if (!text.isEmpty()) {
            option.put(key, text);
        }
    }
}
