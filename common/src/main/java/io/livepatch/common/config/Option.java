package io.livepatch.common.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares a record component as an option of a configuration. A component whose type is a record with options of its own is a
 * section. An option without a value is an error, unless it has a default or its type is {@code Optional}, {@code List},
 * {@code Map} or a section.
 *
 * <p>Types of values: {@code boolean}, {@code int}, {@code long}, {@code double}, {@code String}, {@code Path}, {@code Duration},
 * {@link DataSize}, {@link Secret}, {@code InetSocketAddress}, enums (in lower case, with hyphens), classes with a static method
 * {@code parse(String)}, and records of one {@code String}. A method or constructor refuses a text with an
 * {@link IllegalArgumentException} whose message completes the sentence "'TEXT' …" or quotes the text itself.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Option {
    /** The description: one line of Markdown, for the documentation. */
    String value();

    /** The name in YAML. Without it, the component's name in the {@link KeyStyle} of the configuration. */
    String key() default "";

    /** Other names in YAML that mean the same. */
    String[] aliases() default {};

    /** The value where none is given, as text. */
    String byDefault() default "";

    /** The least value, as text. */
    String min() default "";

    /** The largest value, as text. */
    String max() default "";

    /** The meaning of 0 if it is outside of the range, such as "never"; if empty, 0 is refused. */
    String zero() default "";

    /** The regular expression that the whole text of a value matches; needs {@link #expected}. */
    String pattern() default "";

    /** The accepted values, for messages; completes "give …". If empty, derived from type and range. */
    String expected() default "";

    /** A value that makes sense, for messages and the documentation. */
    String example() default "";

    /**
     * For a list that may also be given as one text: the regular expression between its items. An empty list is like an empty text
     * then: the option is absent.
     */
    String separator() default "";

    /** Whether the value must never be shown. A {@link Secret} always is. */
    boolean secret() default false;

    /** Whether a program that reads its configuration again applies a new value while it runs; others need a restart. */
    boolean live() default false;

    /** Environment variables that override the file, beside the one that a prefix gives; the first that is set counts. */
    String[] variables() default {};

    /** For a section: whether its options stand among those of the section around it, so that it has no key. */
    boolean inline() default false;

    /** For a section: the option of it that a single value in its place means. */
    String shorthand() default "";

    /** For a list of sections: the option of theirs that has another value in each. */
    String unique() default "";
}
