package io.livepatch.server.admin;

import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** What every command takes. */
final class Options {
    /** How to print an answer. */
    enum Format {
        text,
        json
    }

    @Option(
            names = "--url",
            scope = ScopeType.INHERIT,
            paramLabel = "URL",
            description = "where the server is; default: LIVEPATCH_URL")
    Optional<String> url = Optional.empty();

    @Option(
            names = "--ca",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE|PEM",
            description = "the only CA to believe; default: LIVEPATCH_CA_CRT, then the system's")
    Optional<String> ca = Optional.empty();

    @Option(
            names = "--format",
            scope = ScopeType.INHERIT,
            description = "one of ${COMPLETION-CANDIDATES}; default: text")
    Optional<Format> format = Optional.empty();
}
