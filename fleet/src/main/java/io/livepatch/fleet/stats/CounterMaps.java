package io.livepatch.fleet.stats;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/** Adds up key by key. */
final class CounterMaps {

    private CounterMaps() {}

    static Map<String, Long> of(Map<String, Long> one, Map<String, Long> other) {
        return of(one, other, Long::sum);
    }

    static <V> Map<String, V> of(Map<String, V> one, Map<String, V> other, BinaryOperator<V> plus) {
        Map<String, V> sums = new TreeMap<>(one);
        other.forEach((key, value) -> sums.merge(key, value, plus));
        return sums;
    }
}
