package io.livepatch.fleet.cli;

import io.livepatch.fleet.config.FleetConfig;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The configuration option, which several commands share. */
final class LoadOptions {
    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "the configuration, in YAML; see docs/fleet.md")
    private Path file = Path.of("fleet.yaml");

    FleetConfig read(Map<String, String> environment) {
        return FleetConfig.read(file, environment);
    }

    /** The name of the run in its report. */
    String name() {
        String name = file.toAbsolutePath().getFileName().toString();
        return name.replaceFirst("\\.ya?ml$", "");
    }
}
