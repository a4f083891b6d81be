package io.livepatch.charm.api;

/**
 * One thing to do, decided but not yet done. Implementations are records in a sealed family of each charm, without secrets,
 * whose {@code toString} is one line for the operator: the same in the log, in a dry run and in a test's expectation.
 */
public interface CharmStep {

    @Override
    String toString();
}
