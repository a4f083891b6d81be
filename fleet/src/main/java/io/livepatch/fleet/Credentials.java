package io.livepatch.fleet;

/** What an enrolled machine proves itself with. */
public record Credentials(MachineId machine, Secret token) {}
