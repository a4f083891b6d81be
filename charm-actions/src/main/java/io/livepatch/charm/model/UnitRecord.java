package io.livepatch.charm.model;

/** One unit's place in the model; how it fares is not kept, it is looked up. */
public record UnitRecord(String address, boolean dying) {}
