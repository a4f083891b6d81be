package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.charm.exec.PrivateFile;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The configuration that the server was last ready with. One that passed its check may still not do, because of a port or a
 * lock: then the server ends with code 2, is started with this one, and the fingerprint of the service says which one it
 * refused, and why.
 *
 * @param yaml the content of the file; empty when no server of the unit was ever ready
 */
record LastGoodConfig(Path file, Optional<String> yaml) {
    static final String REFUSED = "refused ";
    /** What a server of ours ends with for a configuration that it cannot run with. */
    private static final String EXIT_CODE = "exit code 2 ";

    private static final YAMLMapper YAML = new YAMLMapper();

    static LastGoodConfig of(Unit unit) {
        Path file = unit.directory().resolve("livepatch.good.yaml");
        return new LastGoodConfig(file, PrivateFile.read(file));
    }

    Optional<String> fingerprint() {
        return yaml.map(Fingerprint::of);
    }

    boolean is(LivepatchYaml config) {
        return fingerprint().equals(Optional.of(config.fingerprint()));
    }

    /** Where a server listens that is started with it; empty when there is none, or its file is damaged. */
    Optional<LivepatchYaml.Listen> listen() {
        return key(LivepatchYaml.ADDRESS).flatMap(text -> LivepatchYaml.Listen.parse(text, ""));
    }

    /** Whether several units may run with it: their patches are not on the filesystem of one of them. */
    boolean shared() {
        return key(PatchStorage.TYPE)
                .filter(type -> !type.equals(PatchStorage.FILESYSTEM))
                .isPresent();
    }

    private Optional<String> key(String name) {
        try {
            return yaml.map(text -> YAML.readTree(text).path(name).asString(""));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** Why the server has just refused this configuration, when it has and there is one to go back to. */
    Optional<String> refusal(ServiceState service, LivepatchYaml wanted) {
        boolean struggles = service.phase() == ServiceState.Phase.FAILING || !service.renewed();
        boolean refused =
                struggles && service.fingerprint().equals(wanted.fingerprint()) && yaml.isPresent() && !is(wanted);
        return refused ? service.problem().filter(it -> it.contains(EXIT_CODE)) : Optional.empty();
    }

    static String fingerprintOfRefused(LivepatchYaml wanted, String reason) {
        return REFUSED + wanted.fingerprint() + " " + reason;
    }

    /** Why the wanted configuration is not the one that runs. */
    static Optional<String> runsInsteadOf(ServiceState service, LivepatchYaml wanted) {
        String prefix = REFUSED + wanted.fingerprint() + " ";
        return service.fingerprint().startsWith(prefix)
                ? Optional.of(service.fingerprint().substring(prefix.length()))
                : Optional.empty();
    }
}
