package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.charm.exec.PrivateFile;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * The configuration with which the server was last ready. A checked configuration may still fail at the start, because of a port or
 * a lock: the server exits with code 2 and is started with the last good one, and the service's fingerprint names the refused one
 * with the reason.
 *
 * @param yaml the content of the file; empty if no server of the unit was ever ready
 * @param release the directory of the release whose server is started with it
 */
record LastGoodConfig(Path file, Optional<String> yaml, String release) {
    static final String REFUSED = "refused ";
    /** The server's exit code for a configuration that it cannot run with, in a problem's text. */
    private static final String EXIT_CODE = "exit code 2 ";

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

    /** The address of a server that is started with it; empty if the file does not exist or is damaged. */
    Optional<LivepatchYaml.Listen> listen() {
        return key(LivepatchYaml.ADDRESS).flatMap(text -> LivepatchYaml.Listen.parse(text, ""));
    }

    /** Whether several units may run with it, because its patches are not on one unit's file system. */
    boolean shared() {
        return key(PatchStorage.TYPE)
                .filter(type -> !type.equals(PatchStorage.FILESYSTEM))
                .isPresent();
    }

    private Optional<String> key(String name) {
        return config().map(config -> String.valueOf(config.keys().getOrDefault(name, "")));
    }

    /** Why the server refused this configuration; empty unless it did and another last good one exists. */
    Optional<String> refusal(ServiceState service, LivepatchYaml desired) {
        boolean failing = service.phase() == ServiceState.Phase.FAILING || !service.upToDate();
        boolean refused =
                failing && service.fingerprint().equals(desired.fingerprint()) && yaml.isPresent() && !is(desired);
        return refused ? service.problem().filter(it -> it.contains(EXIT_CODE)) : Optional.empty();
    }

    static String fingerprintOfRefused(LivepatchYaml desired, String reason) {
        return REFUSED + desired.startDigest() + " " + reason;
    }

    /** Why the server runs with the last good configuration instead of the desired one. */
    static Optional<String> runsInsteadOf(ServiceState service, LivepatchYaml desired) {
        String prefix = REFUSED + desired.startDigest() + " ";
        return service.fingerprint().startsWith(prefix)
                ? Optional.of(service.fingerprint().substring(prefix.length()))
                : Optional.empty();
    }
}
