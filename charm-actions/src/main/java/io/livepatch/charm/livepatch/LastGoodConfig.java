package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.charm.exec.PrivateFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * The configuration with which the server was last ready, which it runs with while another one is refused.
 *
 * @param yaml the content of the file; empty if no server of the unit was ever ready
 * @param release the directory of the release whose server is started with it
 */
record LastGoodConfig(Path file, Optional<String> yaml, String release) {

    static LastGoodConfig of(Unit unit) {
        Path file = unit.directory().resolve("livepatch.good.yaml");
        return new LastGoodConfig(file, PrivateFile.read(file), unit.release().toString());
    }

    /** Empty if the file does not exist or is damaged. */
    Optional<LivepatchYaml> config() {
        try {
            return yaml.map(text -> LivepatchYaml.parse(text, release));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    boolean is(LivepatchYaml desired) {
        return yaml.map(Fingerprint::of).equals(Optional.of(desired.digest()));
    }

    /** Whether a server that was started with it need not be started again for this configuration. */
    boolean startsAs(LivepatchYaml other) {
        return config().filter(it -> it.fingerprint().equals(other.fingerprint()))
                .isPresent();
    }

    /** Whether it can run instead of this configuration, if that is refused. */
    boolean replaces(LivepatchYaml desired, List<UnitName> plannedUnits) {
        return canRun(plannedUnits) && !startsAs(desired);
    }

    boolean canRun(List<UnitName> plannedUnits) {
        return config().isPresent() && (plannedUnits.size() == 1 || shared());
    }

    /** The address of a server that is started with it; empty if the file does not exist or is damaged. */
    Optional<LivepatchYaml.Listen> listen() {
        return config().flatMap(LivepatchYaml::listen);
    }

    /** Whether several units may run with it, because its patches are not on one unit's file system. */
    boolean shared() {
        return config().map(config -> config.text(PatchStorage.TYPE))
                .filter(type -> !type.equals(PatchStorage.FILESYSTEM))
                .isPresent();
    }
}
