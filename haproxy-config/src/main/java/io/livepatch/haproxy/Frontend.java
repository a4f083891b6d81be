package io.livepatch.haproxy;

import java.util.List;

/** Where clients come in: what it listens on, which paths it hands on, and to which {@link Backend}. */
public record Frontend(String name, List<Bind> binds, String defaultBackend, Routes routes) {
    public Frontend {
        binds = List.copyOf(binds);
        new Problems("frontend '" + name + "'")
                .unless(Grammar.isName(name), "the name is not " + Grammar.NAME_RULE)
                .unless(!binds.isEmpty(), "it listens on nothing; give it a bind")
                .unless(Grammar.isName(defaultBackend), "default backend '" + defaultBackend + "' is no name")
                .throwIfAny();
    }
}
