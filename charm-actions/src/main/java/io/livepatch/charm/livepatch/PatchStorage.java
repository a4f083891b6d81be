package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Config;
import io.livepatch.charm.api.ScaleLimit;
import io.livepatch.charm.api.UnitName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Where patches are kept, and what follows from it for the number of units. Pure. */
final class PatchStorage {
    static final String TYPE = "patch-storage.type";
    static final String FILESYSTEM = "filesystem";

    private static final ScaleLimit ALONE = new ScaleLimit(
            1,
            "the filesystem patch storage type is not compatible with a scaled out livepatch setup, because no unit can read"
                    + " the files of another",
            Optional.of(new ScaleLimit.Way(
                    "storage-migrate to=postgres", "storage-migrate to=filesystem", TYPE + "=postgres")));

    private PatchStorage() {}

    static Optional<ScaleLimit> limit(Config config) {
        return type(config).equals(FILESYSTEM) ? Optional.of(ALONE) : Optional.empty();
    }

    static String type(Config config) {
        return config.text(TYPE).orElse(FILESYSTEM).strip().toLowerCase(Locale.ROOT);
    }

    /** Why this unit is one too many, and what to do; empty when it is not. */
    static Optional<String> surplus(Config config, UnitName self, List<UnitName> planned) {
        return limit(config)
                .filter(limit -> planned.stream().skip(limit.units()).anyMatch(self::equals))
                .map(limit -> limit.reason() + "; "
                        + limit.wayOut(planned.getFirst()).stream()
                                .map(line -> "juju " + line)
                                .collect(Collectors.joining(", then ")));
    }

    /** Why patches cannot be brought there while there are so many units. */
    static Optional<String> obstacle(String type, List<UnitName> planned) {
        return type.equals(FILESYSTEM) && planned.size() > ALONE.units()
                ? Optional.of(ALONE.reason() + "; first: juju " + ALONE.removal(planned))
                : Optional.empty();
    }
}
