package io.livepatch.charm.juju;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.haproxy.HaproxyCharm;
import io.livepatch.charm.livepatch.LivepatchCharm;
import io.livepatch.charm.postgresql.PostgresqlCharm;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;

/** The program of a charm of the tests; its argument is the directory of the units. */
public final class DispatchMain {
    private DispatchMain() {}

    public static void main(String... arguments) {
        InstantSource clock = InstantSource.system();
        Map<String, Supplier<Charm>> charms = Map.of(
                "haproxy", () -> new HaproxyCharm(clock),
                "livepatch", () -> new LivepatchCharm(clock),
                "postgresql", () -> new PostgresqlCharm(clock));
        System.exit(new Dispatch(charms, Path.of(arguments[0]), ProcessServices::new, clock, Duration.ofSeconds(2))
                .run(System.getenv()));
    }
}
