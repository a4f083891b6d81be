package io.livepatch.haproxy;

import java.util.List;

/** Where clients come in: what it listens on, and which requests it hands on to which {@link Backend}. */
public record Frontend(String name, List<Bind> binds, Routes routes) {
    public Frontend {
        binds = List.copyOf(binds);
        new Problems("frontend '" + name + "'")
                .unless(Grammar.isName(name), "the name is not " + Grammar.NAME_RULE)
                .unless(!binds.isEmpty(), "it listens on nothing; give it a bind")
                .throwIfAny();
    }
}
