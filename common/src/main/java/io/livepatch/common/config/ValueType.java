package io.livepatch.common.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Parses and prints values of one type.
 *
 * @param name of the type, for a schema
 * @param expected completes "give …"
 * @param tags the YAML tags of its unquoted scalars; empty if any text is accepted
 * @param parse throws {@link IllegalArgumentException} whose message completes "'TEXT' …"
 */
record ValueType(
        String name, String expected, Set<Tag> tags, Function<String, Object> parse, Function<Object, String> print) {

    private static final Pattern ADDRESS =
            Pattern.compile("(?<host>|[^:\\[\\]\\s]+|\\[[0-9a-fA-F:.]+])?:(?<port>\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    private static final ValueType BOOLEAN = of("boolean", "true or false", Set.of(Tag.BOOL), ValueType::trueOrFalse);
    private static final ValueType INTEGER = of("integer", "a whole number", Set.of(Tag.INT), text ->
            (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE));
    private static final ValueType LONG =
            of("integer", "a whole number", Set.of(Tag.INT), text -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE));

    private static final Map<Class<?>, ValueType> BUILT_IN = Map.ofEntries(
            Map.entry(boolean.class, BOOLEAN),
            Map.entry(Boolean.class, BOOLEAN),
            Map.entry(int.class, INTEGER),
            Map.entry(Integer.class, INTEGER),
            Map.entry(long.class, LONG),
            Map.entry(Long.class, LONG),
            Map.entry(double.class, of("number", "a number", Set.of(Tag.INT, Tag.FLOAT), ValueType::decimal)),
            Map.entry(Double.class, of("number", "a number", Set.of(Tag.INT, Tag.FLOAT), ValueType::decimal)),
            Map.entry(String.class, of("string", "a text", Set.of(), text -> text)),
            Map.entry(Secret.class, of("string", "a secret", Set.of(), Secret::new)),
            Map.entry(Path.class, of("path", "a path", Set.of(), ValueType::path)),
            Map.entry(
                    Duration.class,
                    new ValueType(
                            "duration",
                            "a duration",
                            Set.of(Tag.STR),
                            ValueType::duration,
                            value -> GoDuration.print((Duration) value))),
            Map.entry(DataSize.class, of("size", "a size", Set.of(), DataSize::parse)),
            Map.entry(
                    InetSocketAddress.class,
                    new ValueType(
                            "address",
                            "an address such as 127.0.0.1:8080 or :8080",
                            Set.of(),
                            ValueType::address,
                            value -> hostAndPort((InetSocketAddress) value))));

    private static ValueType of(String name, String expected, Set<Tag> tags, Function<String, Object> parse) {
        return new ValueType(name, expected, tags, parse, String::valueOf);
    }

    /** Throws {@link IllegalStateException} for an unsupported type. */
    static ValueType of(Class<?> type) {
        ValueType known = BUILT_IN.get(type);
        if (known != null) {
            return known;
        }
        for (Method method : type.getDeclaredMethods()) {
            if (method.getName().equals("parse")
                    && Modifier.isStatic(method.getModifiers())
                    && method.getReturnType() == type
                    && Arrays.equals(method.getParameterTypes(), new Class<?>[] {String.class})) {
                method.setAccessible(true);
                return of(
                                "string",
                                type.isEnum() ? words(type) : "a text",
                                Set.of(),
                                text -> call(() -> method.invoke(null, text)))
                        .printing(type.isEnum() ? ValueType::word : String::valueOf);
            }
        }
        if (type.isEnum()) {
            return of("string", words(type), Set.of(), text -> constant(type, text))
                    .printing(ValueType::word);
        }
        RecordComponent[] components = type.getRecordComponents();
        if (components != null && components.length == 1 && components[0].getType() == String.class) {
            Constructor<?> constructor = type.getDeclaredConstructors()[0];
            constructor.setAccessible(true);
            Method accessor = components[0].getAccessor();
            accessor.setAccessible(true);
            return of("string", "a text", Set.of(), text -> call(() -> constructor.newInstance(text)))
                    .printing(value -> String.valueOf(call(() -> accessor.invoke(value))));
        }
        throw new IllegalStateException("no option can have the type " + type.getName());
    }

    private ValueType printing(Function<Object, String> printer) {
        return new ValueType(name, expected, tags, parse, printer);
    }

    /** A call by reflection. */
    interface Call {
        Object call() throws ReflectiveOperationException;
    }

    /** Rethrows an unchecked exception of the called method or constructor. */
    static Object call(Call call) {
        try {
            return call.call();
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refusal) {
                throw refusal;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object trueOrFalse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("is neither true nor false");
        };
    }

    private static long whole(String text, long min, long max) {
        if (!text.matches("-?\\d{1,18}")) {
            throw new IllegalArgumentException("is not a whole number");
        }
        long number = Long.parseLong(text);
        if (number < min || number > max) {
            throw new IllegalArgumentException("is out of range");
        }
        return number;
    }

    private static Object duration(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (text.matches("\\d+")) {
            throw new IllegalArgumentException("has no unit");
        }
        return GoDuration.read(text);
    }

    private static Object decimal(String text) {
        if (!text.matches("[-+]?(\\d{1,12}(\\.\\d{0,20})?|\\.\\d{1,20})([eE][-+]?\\d{1,2})?")) {
            throw new IllegalArgumentException("is not a number");
        }
        return new BigDecimal(text).doubleValue();
    }

    private static Object path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path", e);
        }
    }

    private static Object address(String text) {
        Matcher matcher = ADDRESS.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("is not host:port");
        }
        int port = Integer.parseInt(matcher.group("port"));
        if (port > MAX_PORT) {
            throw new IllegalArgumentException("has a port above " + MAX_PORT);
        }
        String host = matcher.group("host").isEmpty() ? "0.0.0.0" : matcher.group("host");
        InetSocketAddress address = new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), port);
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("names a host that cannot be resolved");
        }
        return address;
    }

    private static String hostAndPort(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static Object constant(Class<?> type, String text) {
        List<Object> constants = List.of(type.getEnumConstants());
        List<String> words = constants.stream().map(ValueType::word).toList();
        int index = words.indexOf(KeyStyle.canonical(text.toLowerCase(Locale.ROOT)));
        if (index < 0) {
            throw new IllegalArgumentException("is not known" + DidYouMean.suffix(text, words));
        }
        return constants.get(index);
    }

    private static String word(Object constant) {
        return KeyStyle.canonical(((Enum<?>) constant).name().toLowerCase(Locale.ROOT));
    }

    private static String words(Class<?> type) {
        List<String> words =
                Arrays.stream(type.getEnumConstants()).map(ValueType::word).toList();
        return words.size() == 2 ? String.join(" or ", words) : "one of " + String.join(", ", words);
    }
}
