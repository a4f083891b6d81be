package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata.Violation;
import io.livepatch.charm.api.ScaleLimit;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.exec.DiskSpaceWarning;
import io.livepatch.common.config.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The store of the patches, and the limit of units that follows from it. */
final class PatchStorage {
    static final String TYPE = "patch-storage.type";
    static final String FILESYSTEM = "filesystem";
    static final String S3 = "s3";
    static final String POSTGRES = "postgres";
    static final String DSN = "patch-storage.postgres-connection-string";
    static final String BUCKET = "patch-storage.s3-bucket";
    static final String ACCESS_KEY = "patch-storage.s3-access-key";
    static final String SECRET_KEY = "patch-storage.s3-secret-key";

    private static final String MIN_FREE_SPACE = "server.min-free-space";

    private static final ScaleLimit ALONE = new ScaleLimit(
            1,
            "the filesystem patch storage type is not compatible with a scaled out livepatch setup, because no unit can read"
                    + " the files of another",
            Optional.of(new ScaleLimit.Migration(
                    "storage-migrate to=postgres", "storage-migrate to=filesystem", TYPE + "=postgres")));

    private PatchStorage() {}

    /** The rules between the options of a store, as the server has them. */
    static List<Violation> violations(CharmConfig config) {
        if (config.text(BUCKET).isEmpty()) {
            return type(config).equals(S3)
                    ? List.of(new Violation(
                            Set.of(TYPE, BUCKET),
                            BUCKET + " is missing, which " + TYPE + "=" + S3 + " needs: set both in one command"))
                    : List.of();
        }
        boolean access = config.text(ACCESS_KEY).isPresent();
        return access == config.text(SECRET_KEY).isPresent()
                ? List.of()
                : List.of(new Violation(
                        Set.of(ACCESS_KEY, SECRET_KEY, BUCKET),
                        (access ? SECRET_KEY : ACCESS_KEY) + " is missing: set " + ACCESS_KEY + " and " + SECRET_KEY
                                + " in one command, or reset both"));
    }

    static Optional<ScaleLimit> limit(CharmConfig config) {
        return type(config).equals(FILESYSTEM) ? Optional.of(ALONE) : Optional.empty();
    }

    static String type(CharmConfig config) {
        return config.text(TYPE).orElse(FILESYSTEM).strip().toLowerCase(Locale.ROOT);
    }

    /** The directories of a unit that grow: the store if it is the unit's own, else the cache. */
    static DiskSpaceWarning space(Unit unit) {
        CharmConfig config = unit.config();
        DiskSpaceWarning space = DiskSpaceWarning.watch(leastFreeSpace(config.text(MIN_FREE_SPACE)));
        if (type(config).equals(FILESYSTEM)) {
            space.of(
                    "store",
                    config.text("patch-storage.filesystem-path").map(Path::of).orElse(LivepatchYaml.patches(unit)));
        } else {
            space.of("cache", config.text("patch-cache.path").map(Path::of).orElse(LivepatchYaml.cache(unit)));
        }
        return space.of("configuration and log", unit.directory());
    }

    /** Whether patches are in a directory that is deleted with its unit. */
    static boolean goesWithItsUnit(CharmConfig config) {
        return type(config).equals(FILESYSTEM)
                && config.text("patch-storage.filesystem-path").isEmpty();
    }

    static Map<String, Long> dataCounts(Unit unit) {
        Path directory = LivepatchYaml.patches(unit);
        if (!goesWithItsUnit(unit.config()) || !Files.isDirectory(directory)) {
            return Map.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return Map.of(
                    "patches",
                    files.filter(file -> String.valueOf(file.getFileName()).startsWith("livepatch-"))
                            .count());
        } catch (IOException e) {
            throw new CharmException("cannot list '" + directory + "': " + e.getMessage(), e);
        }
    }

    /** In bytes; the default limit for a size that is refused, because the disk is watched nevertheless. */
    static long leastFreeSpace(Optional<String> size) {
        try {
            return size.map(text -> DataSize.parse(text).bytes()).orElse(DiskSpaceWarning.LIMIT);
        } catch (IllegalArgumentException e) {
            return DiskSpaceWarning.LIMIT;
        }
    }

    /** Why this unit exceeds the limit of units, and what to do; empty if it does not. */
    static Optional<String> surplus(CharmConfig config, UnitName self, List<UnitName> planned) {
        return limit(config)
                .filter(limit -> planned.stream().skip(limit.units()).anyMatch(self::equals))
                .map(limit -> limit.reason() + "; "
                        + limit.commandsToScale(planned.getFirst()).stream()
                                .map(line -> "juju " + line)
                                .collect(Collectors.joining(", then ")));
    }

    /** Why patches cannot be moved to this store with so many units. */
    static Optional<String> obstacle(String type, List<UnitName> planned) {
        return type.equals(FILESYSTEM) && planned.size() > ALONE.units()
                ? Optional.of(ALONE.reason() + "; first: juju " + ALONE.removalCommand(planned))
                : Optional.empty();
    }
}
