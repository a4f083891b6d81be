package io.livepatch.charm.local;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.haproxy.HaproxyCharm;
import io.livepatch.charm.livepatch.LivepatchCharm;
import io.livepatch.charm.postgresql.PostgresqlCharm;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The charms of this build. */
public final class Charms {
    private Charms() {}

    static List<Charm> all(InstantSource clock) {
        return List.of(new HaproxyCharm(clock), new LivepatchCharm(clock), new PostgresqlCharm(clock));
    }

    public static Map<String, CharmMetadata> metadata(InstantSource clock) {
        return all(clock).stream()
                .map(Charm::metadata)
                .collect(Collectors.toMap(CharmMetadata::name, metadata -> metadata));
    }
}
