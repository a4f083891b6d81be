package io.livepatch.supervisor.config;

import io.livepatch.common.config.DidYouMean;
import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.config.Key.Reading;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Keys of each kind of value. Numbers and booleans must be written as such; text may be anything that is one value. */
final class Readings {

    private Readings() {}

    /** Text, made into something by what throws {@link IllegalArgumentException} or refuses it. */
    static <T> Key<T> text(String name, String expected, Function<String, T> made) {
        return new Key<>(name, expected, node -> made.apply(scalar(node).getValue()));
    }

    static Key<List<String>> texts(String name, String expected) {
        return new Key<>(name, expected, node -> {
            if (!(node instanceof SequenceNode list)) {
                throw new IllegalArgumentException("is %s where a list must be".formatted(Yaml.kind(node)));
            }
            return list.getValue().stream().map(item -> scalar(item).getValue()).toList();
        });
    }

    static Key<Path> path(String name, String expected) {
        return text(name, expected, text -> {
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException("is not a path", e);
            }
        });
    }

    static Key<Duration> duration(String name) {
        return new Key<>(name, "a duration such as 10s, 1h30m or 200ms", node -> {
            ScalarNode scalar = scalar(node);
            if (isNumber(scalar)) {
                throw new IllegalArgumentException("'%s' has no unit".formatted(scalar.getValue()));
            }
            return GoDuration.parse(scalar.getValue());
        });
    }

    static Key<Duration> positiveDuration(String name) {
        Key<Duration> any = duration(name);
        return new Key<>(name, any.expected(), node -> {
            Duration read = any.reading().read(node);
            if (!read.isPositive()) {
                throw new IllegalArgumentException(
                        "'%s' is no time at all".formatted(scalar(node).getValue()));
            }
            return read;
        });
    }

    static Key<Long> size(String name) {
        return new Key<>(
                name,
                "bytes, or a size such as 512MiB or 1GiB",
                node -> Size.parse(scalar(node).getValue()));
    }

    static Key<Integer> whole(String name, int min, int max) {
        Reading<Integer> reading = node -> {
            String text = plain(node, Tag.INT, "a whole number");
            if (!text.matches("-?\\d{1,18}")) {
                throw new IllegalArgumentException("'%s' is not a whole number".formatted(text));
            }
            long number = Long.parseLong(text);
            if (number < min || number > max) {
                throw new IllegalArgumentException("'%s' is out of range".formatted(text));
            }
            return (int) number;
        };
        return new Key<>(name, "a whole number from %d to %d".formatted(min, max), reading);
    }

    static Key<Long> count(String name) {
        Key<Long> size = size(name);
        return new Key<>(name, "a whole number", node -> {
            plain(node, Tag.INT, "a whole number");
            return size.reading().read(node);
        });
    }

    /** A part of the whole. */
    static Key<Double> ratio(String name) {
        return new Key<>(name, "a number from 0 to 1", node -> {
            String text = scalar(node).getValue();
            double number = isNumber(scalar(node)) && text.matches("[0-9.eE+-]+") ? Double.parseDouble(text) : -1;
            if (number < 0 || number > 1) {
                throw new IllegalArgumentException("'%s' is out of range".formatted(text));
            }
            return number;
        });
    }

    static Key<Boolean> truth(String name) {
        return new Key<>(
                name,
                "true or false, without quotes",
                node -> Boolean.parseBoolean(plain(node, Tag.BOOL, "true or false")));
    }

    /** A constant of an enum, as {@code written} in the file. */
    static <E extends Enum<E>> Key<E> word(String name, Class<E> words, Function<E, String> written) {
        List<String> known =
                Arrays.stream(words.getEnumConstants()).map(written).toList();
        String expected = known.stream().collect(Collectors.joining(" or "));
        return text(name, expected, text -> {
            int index = known.indexOf(text.toLowerCase(Locale.ROOT));
            if (index < 0) {
                String meant = DidYouMean.similar(text, known)
                        .map(similar -> " (did you mean '" + similar + "'?)")
                        .orElse("");
                throw new IllegalArgumentException("'%s' is not known%s".formatted(text, meant));
            }
            return words.getEnumConstants()[index];
        });
    }

    static ScalarNode scalar(Node node) {
        if (node instanceof ScalarNode scalar && !Yaml.isNull(scalar)) {
            return scalar;
        }
        throw new IllegalArgumentException("is or holds %s where a single value must be".formatted(Yaml.kind(node)));
    }

    private static String plain(Node node, Tag tag, String wanted) {
        ScalarNode scalar = scalar(node);
        if (!tag.equals(scalar.getTag())) {
            throw new IllegalArgumentException("'%s' is %s and not %s"
                    .formatted(scalar.getValue(), scalar.isPlain() ? "text" : "text in quotes", wanted));
        }
        return scalar.getValue();
    }

    private static boolean isNumber(ScalarNode scalar) {
        return Tag.INT.equals(scalar.getTag()) || Tag.FLOAT.equals(scalar.getTag());
    }
}
