package io.livepatch.fleet.gate;

import io.livepatch.fleet.gate.Gate.GateDurations;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** A gate in its own process. */
final class GatedProgram {
    private GatedProgram() {}

    /** Of a directory, and a script that is run in it. */
    public static void main(String... arguments) throws IOException, InterruptedException {
        Path directory = Path.of(arguments[0]);
        GateDurations gateDurations =
                new GateDurations(Duration.ofMillis(800), Duration.ofMinutes(5), Duration.ZERO, Duration.ofSeconds(20));
        try (SmallLoad load = new SmallLoad(directory, Duration.ZERO)) {
            load.start();
            new Gate(gateDurations, List.of(load.observed()), InstantSource.system())
                    .run(shell(directory, arguments[1]));
        }
    }

    static GatedCommand shell(Path directory, String script) {
        return new GatedCommand(
                List.of("sh", "-c", "cd '%s'; %s".formatted(directory, script)), System.getenv(), List.of());
    }
}
