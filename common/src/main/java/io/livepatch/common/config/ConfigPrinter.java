package io.livepatch.common.config;

import io.livepatch.common.config.ConfigSchema.Entry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Prints a configuration with its defaults and with masked secrets. Apart from secrets, {@link ConfigReader} reads it as an equal one. */
public final class ConfigPrinter {
    private static final DumpSettings SETTINGS = DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setIndentWithIndicator(true)
            .setIndicatorIndent(2)
            .setWidth(200)
            .build();

    /** A value that is printed as a number. */
    public interface Numeric {
        Number number();
    }

    private ConfigPrinter() {}

    /** As YAML. */
    public static String yaml(Record config, KeyStyle style) {
        return yaml(tree(config, style));
    }

    /** A tree of maps, lists, texts, numbers and booleans as YAML, in blocks. */
    public static String yaml(Map<String, Object> tree) {
        return new Dump(SETTINGS).dumpToString(tree);
    }

    /** Converts to maps, lists, texts, numbers and booleans; options without a value are omitted. */
    public static Map<String, Object> tree(Record config, KeyStyle style) {
        return tree(ConfigSchema.of(config.getClass(), style), config);
    }

    private static Map<String, Object> tree(ConfigSchema schema, Object section) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (Entry entry : schema.entries()) {
            Object value = entry.valueIn(section);
            (value instanceof Optional<?> optional ? optional : Optional.of(value)).ifPresent(present -> {
                if (entry.inline()) {
                    tree.putAll(tree(entry.section(), present));
                } else {
                    tree.put(entry.key(), printed(entry, present));
                }
            });
        }
        return tree;
    }

    private static Object printed(Entry entry, Object value) {
        return switch (entry.shape()) {
            case VALUE -> scalar(entry, value);
            case VALUES ->
                ((List<?>) value).stream().map(item -> scalar(entry, item)).toList();
            case MAP -> map(entry, (Map<?, ?>) value);
            case SECTION -> tree(entry.section(), value);
            case SECTIONS ->
                ((List<?>) value)
                        .stream().map(item -> tree(entry.section(), item)).toList();
        };
    }

    private static Map<String, Object> map(Entry entry, Map<?, ?> values) {
        Map<String, Object> printed = new LinkedHashMap<>();
        values.forEach((key, value) -> printed.put(String.valueOf(key), scalar(entry, value)));
        return printed;
    }

    private static Object scalar(Entry entry, Object value) {
        if (entry.secret()) {
            return Secret.MASK;
        }
        return switch (value) {
            case Number number -> number;
            case Boolean truth -> truth;
            case Numeric numeric -> numeric.number();
            default -> entry.type().print().apply(value);
        };
    }
}
