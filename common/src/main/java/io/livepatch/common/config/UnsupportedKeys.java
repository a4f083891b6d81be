package io.livepatch.common.config;

import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Keys that a program does not have but accepts as long as they are switched off, since files written for another program hold
 * them. A key is a path with hyphens, such as {@code auth.sso.url}, or an environment variable.
 *
 * @param contains whether a key is one of them
 * @param switchedOn whether this value of one of them asks for the feature
 */
public record UnsupportedKeys(Predicate<String> contains, BiPredicate<String, String> switchedOn) {
    public static final UnsupportedKeys NONE = new UnsupportedKeys(_ -> false, (_, _) -> false);
}
