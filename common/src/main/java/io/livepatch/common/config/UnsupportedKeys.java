package io.livepatch.common.config;

import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Keys of another program that this program does not support, but accepts while they are switched off. A key is a path with hyphens,
 * such as {@code auth.sso.url}, or an environment variable.
 *
 * @param contains whether a key is unsupported
 * @param switchedOn whether a value of an unsupported key enables its feature
 */
public record UnsupportedKeys(Predicate<String> contains, BiPredicate<String, String> switchedOn) {
    public static final UnsupportedKeys NONE = new UnsupportedKeys(_ -> false, (_, _) -> false);
}
