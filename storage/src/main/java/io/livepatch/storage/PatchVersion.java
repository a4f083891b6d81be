package io.livepatch.storage;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The version of a patch, such as {@code 107.1}. Versions are compared number by number, so {@code 107.10} is greater than {@code 107.9};
 * a version that is a prefix of another is less than that one.
 *
 * @param numbers one to four numbers
 */
public record PatchVersion(List<Integer> numbers) implements Comparable<PatchVersion> {
    // No leading zeros: versions that compare as equal have the same text.
    private static final Pattern PATTERN = Pattern.compile("(?:0|[1-9]\\d{0,8})(?:\\.(?:0|[1-9]\\d{0,8})){0,3}");

    public PatchVersion {
        numbers = List.copyOf(numbers);
        if (numbers.isEmpty() || numbers.size() > 4 || numbers.stream().anyMatch(n -> n < 0 || n > 999_999_999)) {
            throw new InvalidNameException("patch version", numbers.toString(), "one to four numbers like 107.1");
        }
    }

    /**
     * Parses {@code 107.1}.
     *
     * @throws InvalidNameException if the text is anything else
     */
    public static PatchVersion parse(String text) {
        if (!PATTERN.matcher(text).matches()) {
            throw new InvalidNameException("patch version", text, "one to four numbers like 107.1");
        }
        return new PatchVersion(
                Arrays.stream(text.split("\\.", -1)).map(Integer::valueOf).toList());
    }

    @Override
    public int compareTo(PatchVersion other) {
        int common = Math.min(numbers.size(), other.numbers.size());
        for (int i = 0; i < common; i++) {
            int order = Integer.compare(numbers.get(i), other.numbers.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(numbers.size(), other.numbers.size());
    }

    @Override
    public String toString() {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining("."));
    }
}
