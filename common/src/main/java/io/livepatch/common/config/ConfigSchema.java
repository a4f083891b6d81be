package io.livepatch.common.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The options that a record type declares. Construction throws {@link IllegalStateException} for a contradictory declaration, such
 * as a default outside of its range.
 */
final class ConfigSchema {
    /** How an option is written in YAML. */
    enum Shape {
        VALUE,
        VALUES,
        MAP,
        SECTION,
        SECTIONS
    }

    private final Class<? extends Record> type;
    private final Constructor<?> constructor;
    private final Map<String, Entry> byKey = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    private ConfigSchema(Class<? extends Record> type, KeyStyle style) {
        this.type = type;
        RecordComponent[] components = type.getRecordComponents();
        for (RecordComponent component : components) {
            Entry entry = new Entry(component, style);
            entries.add(entry);
            if (entry.inline()) {
                entry.section().byKey.forEach(this::put);
            } else {
                entry.names().forEach(name -> put(KeyStyle.canonical(name), entry));
            }
        }
        try {
            constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    private void put(String name, Entry entry) {
        if (byKey.put(name, entry) != null) {
            throw new IllegalStateException("two options of " + type.getName() + " are named '" + name + "'");
        }
    }

    static ConfigSchema of(Class<? extends Record> type, KeyStyle style) {
        return new ConfigSchema(type, style);
    }

    List<Entry> entries() {
        return entries;
    }

    /** The option of this name, in either spelling. */
    Optional<Entry> entry(String name) {
        return Optional.ofNullable(byKey.get(KeyStyle.canonical(name)));
    }

    List<String> keys() {
        return entries.stream()
                .flatMap(entry -> entry.inline() ? entry.section().keys().stream() : Stream.of(entry.key()))
                .toList();
    }

    /** The most similar key, regardless of hyphens and underscores; for a dotted key, its section is compared. */
    Optional<String> similar(String key) {
        int dot = key.indexOf('.');
        boolean section = dot > 0 && entry(key.substring(0, dot)).isEmpty();
        return DidYouMean.similar(
                        KeyStyle.canonical(section ? key.substring(0, dot) : key),
                        keys().stream().map(KeyStyle::canonical).toList())
                .flatMap(this::entry)
                .map(found -> section ? found.key() + key.substring(dot) : found.key());
    }

    List<OptionGroup> groups() {
        return List.of(type.getAnnotationsByType(OptionGroup.class));
    }

    /** Throws the {@link IllegalArgumentException} with which the record refuses the values. */
    Object construct(List<Object> values) {
        return ValueType.call(() -> constructor.newInstance(values.toArray()));
    }

    /** One option. */
    static final class Entry {
        private final RecordComponent component;
        private final Option option;
        private final String key;
        private final boolean optional;
        private final boolean secret;
        private final Shape shape;
        private final @Nullable ValueType valueType;
        private final @Nullable ConfigSchema section;
        private final @Nullable Comparable<Object> min;
        private final @Nullable Comparable<Object> max;

        private Entry(RecordComponent component, KeyStyle style) {
            this.component = component;
            Option declared = component.getAnnotation(Option.class);
            if (declared == null) {
                throw new IllegalStateException(component + " of " + component.getDeclaringRecord() + " is no option");
            }
            option = declared;
            key = option.key().isEmpty() ? style.key(component.getName()) : option.key();
            Type declaredType = component.getGenericType();
            optional = component.getType() == Optional.class;
            Type inner = optional ? argument(declaredType, 0) : declaredType;
            boolean list = raw(inner) == List.class;
            Class<?> element = raw(list ? argument(inner, 0) : inner);
            secret = option.secret() || element == Secret.class;
            if (element == Map.class) {
                shape = Shape.MAP;
            } else if (isSection(element)) {
                shape = list ? Shape.SECTIONS : Shape.SECTION;
            } else {
                shape = list ? Shape.VALUES : Shape.VALUE;
            }
            boolean nested = shape == Shape.SECTION || shape == Shape.SECTIONS;
            section = nested ? ConfigSchema.of(element.asSubclass(Record.class), style) : null;
            valueType = nested ? null : ValueType.of(shape == Shape.MAP ? String.class : element);
            min = option.min().isEmpty() ? null : bound(option.min());
            max = option.max().isEmpty() ? null : bound(option.max());
            if (shape == Shape.VALUE && !option.byDefault().isEmpty()) {
                parse(option.byDefault());
            }
        }

        @SuppressWarnings("unchecked")
        private Comparable<Object> bound(String text) {
            return (Comparable<Object>) type().parse().apply(text);
        }

        private static boolean isSection(Class<?> type) {
            return type.isRecord()
                    && Arrays.stream(type.getRecordComponents())
                            .anyMatch(component -> component.isAnnotationPresent(Option.class));
        }

        private static Class<?> raw(Type type) {
            return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
        }

        private static Type argument(Type type, int index) {
            return ((ParameterizedType) type).getActualTypeArguments()[index];
        }

        Option option() {
            return option;
        }

        String key() {
            return key;
        }

        List<String> names() {
            List<String> names = new ArrayList<>(List.of(key));
            names.addAll(List.of(option.aliases()));
            return names;
        }

        Shape shape() {
            return shape;
        }

        /** Whether the component is an {@link Optional}. */
        boolean optional() {
            return optional;
        }

        /** Whether this is a section whose options are written in the enclosing section. */
        boolean inline() {
            return option.inline();
        }

        boolean secret() {
            return secret;
        }

        /** The type of its values; for a map, of the mapped values. */
        ValueType type() {
            if (valueType == null) {
                throw new IllegalStateException("'" + key + "' is a section");
            }
            return valueType;
        }

        /** The schema of the section, or of each section in the list. */
        ConfigSchema section() {
            if (section == null) {
                throw new IllegalStateException("'" + key + "' is not a section");
            }
            return section;
        }

        /** The value of this option in a record. */
        Object valueIn(Object holder) {
            component.getAccessor().setAccessible(true);
            return ValueType.call(() -> component.getAccessor().invoke(holder));
        }

        /** Splits a text into the items of a list: at the option's separator, or at commas in an environment variable or a default. */
        List<String> split(String text) {
            return Pattern.compile(option.separator().isEmpty() ? "," : option.separator())
                    .splitAsStream(text)
                    .map(String::strip)
                    .filter(item -> !item.isEmpty())
                    .toList();
        }

        /** Throws {@link IllegalArgumentException} whose message completes "'TEXT' …". */
        Object parse(String text) {
            if (!option.pattern().isEmpty() && !text.matches(option.pattern())) {
                throw new IllegalArgumentException("does not have the right form");
            }
            Object value = type().parse().apply(text);
            boolean inRange = (min == null || min.compareTo(value) <= 0) && (max == null || max.compareTo(value) >= 0);
            boolean zero =
                    !option.zero().isEmpty() && value.equals(type().parse().apply("0"));
            if (!inRange && !zero) {
                throw new IllegalArgumentException("is out of range");
            }
            return value;
        }

        /** Completes "give …". */
        String expected() {
            if (!option.expected().isEmpty()) {
                return option.expected();
            }
            StringBuilder text = new StringBuilder(type().expected());
            if (min != null && max != null) {
                text.append(" from ").append(option.min()).append(" to ").append(option.max());
            } else if (min != null) {
                text.append(" of ").append(option.min()).append(" or more");
            } else if (max != null) {
                text.append(" up to ").append(option.max());
            }
            if (!option.example().isEmpty()) {
                text.append(", such as ").append(option.example());
            }
            if (!option.zero().isEmpty()) {
                text.append(", or 0 for ").append(option.zero());
            }
            return text.toString();
        }
    }
}
