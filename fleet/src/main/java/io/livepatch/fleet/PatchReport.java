package io.livepatch.fleet;

/** The patch that a machine has, and how it stands with it. */
public record PatchReport(PatchVersion version, PatchState state) {}
