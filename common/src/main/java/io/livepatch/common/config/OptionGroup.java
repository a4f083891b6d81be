package io.livepatch.common.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A rule about which options of a section may be given together. It depends on their presence, not on their values. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Repeatable(OptionGroup.Groups.class)
public @interface OptionGroup {
    /** How many of a group may be given. */
    enum Rule {
        AT_MOST_ONE,
        EXACTLY_ONE,
        ALL_OR_NONE
    }

    Rule rule();

    /** Keys of the section. */
    String[] keys();

    /** Holds the groups of one section. */
    @Documented
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface Groups {
        OptionGroup[] value();
    }
}
