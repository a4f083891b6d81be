package io.livepatch.fleet.client;

import java.util.Optional;
import picocli.CommandLine.Option;

/** What a machine says of itself, when that is not what it is. */
final class MachineOptions {
    @Option(names = "--kernel", paramLabel = "RELEASE", description = "this kernel instead of the running one")
    Optional<String> kernel = Optional.empty();

    @Option(names = "--architecture", paramLabel = "NAME", description = "this architecture, as Debian names it")
    Optional<String> architecture = Optional.empty();

    ClientState.Overrides said() {
        return new ClientState.Overrides(kernel, architecture);
    }
}
