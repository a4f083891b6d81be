package io.livepatch.charm.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to run and how.
 *
 * @param fingerprint stands for whatever the process reads at its start and the other components do not show, such as the
 *     content of its configuration file: another fingerprint is another process
 * @param user whom to run as, when the substrate runs as root
 * @param parentDeathSignal what the process gets when the substrate dies without stopping it
 * @param crew several processes in the place of one
 */
public record ServiceSpec(
        String name,
        List<String> command,
        Map<String, String> environment,
        Path directory,
        Path log,
        Optional<String> user,
        Stop stop,
        String parentDeathSignal,
        Optional<Ready> ready,
        Optional<Crew> crew,
        String fingerprint) {

    public ServiceSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /** The signal that asks it to end, and how long it may take before it is killed. */
    public record Stop(String signal, Duration timeout) {}

    /** What says that it does its work, beyond being there. */
    public sealed interface Ready {
        /** Answers 200. */
        record Http(String url) implements Ready {}

        /** Ends with 0. */
        record Command(List<String> command) implements Ready {
            public Command {
                command = List.copyOf(command);
            }
        }
    }

    /** The command alone: an environment may hold secrets. */
    @Override
    public String toString() {
        return name + " " + command;
    }
}
