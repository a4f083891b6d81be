package io.livepatch.fleet.config;

import io.livepatch.common.config.DidYouMean;
import io.livepatch.common.config.GoDuration;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Keys of each kind of value. */
final class Readings {
    private Readings() {}

    /** Text, made into something by what throws {@link IllegalArgumentException} or refuses it. */
    static <T> Key<T> text(String name, String expected, Function<String, T> made) {
        return new Key<>(name, expected, node -> made.apply(scalar(node)));
    }

    static String scalar(Node node) {
        if (node instanceof ScalarNode scalar && !Yaml.isNull(scalar)) {
            return scalar.getValue().strip();
        }
        throw new IllegalArgumentException("is %s where a single value must be".formatted(Yaml.kind(node)));
    }

    static Key<Path> path(String name) {
        return text(name, "the path of a file", Readings::asPath);
    }

    private static Path asPath(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path", e);
        }
    }

    /** What is in a file, made into something by what throws {@link IllegalArgumentException} or refuses it. */
    static <T> Key<T> file(String name, String expected, Function<String, T> made) {
        return text(name, expected, text -> {
            try {
                return made.apply(Files.readString(asPath(text)).strip());
            } catch (IOException e) {
                // Without its name: somebody may have written the secret itself there.
                throw new IllegalArgumentException("names a file that cannot be read", e);
            }
        });
    }

    static Key<Duration> duration(String name, Duration min, Duration max) {
        String expected =
                "a duration from %s to %s, such as 5m30s".formatted(GoDuration.print(min), GoDuration.print(max));
        return text(name, expected, text -> {
            Duration duration = text.equals("0") ? Duration.ZERO : GoDuration.parse(text);
            if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
                throw new IllegalArgumentException("'%s' is out of range".formatted(text));
            }
            return duration;
        });
    }

    static Key<Integer> whole(String name, int min, int max) {
        return text(name, "a whole number from %d to %d".formatted(min, max), text -> {
            if (!text.matches("\\d{1,18}")) {
                throw new IllegalArgumentException("'%s' is not a whole number".formatted(text));
            }
            long number = Long.parseLong(text);
            if (number < min || number > max) {
                throw new IllegalArgumentException("'%s' is out of range".formatted(text));
            }
            return (int) number;
        });
    }

    /** A part of one, also in per cent. */
    static Key<Double> part(String name) {
        return text(name, "a part such as 0.01 or 1%", text -> {
            boolean percent = text.endsWith("%");
            BigDecimal number = decimal(
                            percent ? text.substring(0, text.length() - 1).strip() : text)
                    .filter(it -> it.signum() >= 0)
                    .map(it -> percent ? it.movePointLeft(2) : it)
                    .filter(it -> it.compareTo(BigDecimal.ONE) <= 0)
                    .orElseThrow(() -> new IllegalArgumentException("'%s' is no part of one".formatted(text)));
            return number.doubleValue();
        });
    }

    static Optional<BigDecimal> decimal(String text) {
        return Optional.of(text)
                .filter(it -> it.matches("\\d{1,12}(\\.\\d{1,20})?([eE][-+]?\\d{1,2})?"))
                .map(BigDecimal::new);
    }

    static Key<Boolean> truth(String name) {
        return new Key<>(name, "true or false, without quotes", node -> {
            String text = scalar(node);
            if (!Tag.BOOL.equals(node.getTag())) {
                throw new IllegalArgumentException("'%s' is neither".formatted(text));
            }
            return Boolean.parseBoolean(text.toLowerCase(Locale.ROOT));
        });
    }

    /** A constant of an enum, as it is written in the file. */
    static <E extends Enum<E>> Key<E> word(String name, Class<E> words) {
        List<String> known = Arrays.stream(words.getEnumConstants())
                .map(word -> word.name().toLowerCase(Locale.ROOT))
                .toList();
        return text(name, known.stream().collect(Collectors.joining(" or ")), text -> {
            int index = known.indexOf(text.toLowerCase(Locale.ROOT));
            if (index < 0) {
                throw new IllegalArgumentException("'%s' is not known%s".formatted(text, meant(text, known)));
            }
            return words.getEnumConstants()[index];
        });
    }

    static String meant(String text, List<String> known) {
        return DidYouMean.similar(text, known)
                .map(similar -> " (did you mean '" + similar + "'?)")
                .orElse("");
    }
}
