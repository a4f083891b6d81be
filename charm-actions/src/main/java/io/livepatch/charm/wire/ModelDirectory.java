package io.livepatch.charm.wire;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.exec.ReleaseStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The directory of a local model and the files in it. */
public record ModelDirectory(Path root) {
    /** sun_path of Linux, less its closing NUL. */
    private static final int SOCKET_LIMIT = 107;

    public ModelDirectory {
        root = root.toAbsolutePath().normalize();
        int length = socket(root).toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > SOCKET_LIMIT) {
            throw new CharmException.Invalid("the path of the controller's socket, '" + socket(root) + "', has "
                    + length + " bytes and may have " + SOCKET_LIMIT + "; set LIVEPATCH_HOME to a shorter path");
        }
    }

    /** The directory in {@code LIVEPATCH_HOME}, or the default. */
    public static ModelDirectory of(Map<String, String> environment, boolean superuser) {
        String named = environment.getOrDefault("LIVEPATCH_HOME", "");
        if (!named.isBlank()) {
            return new ModelDirectory(Path.of(named));
        }
        if (superuser) {
            // Other users, such as postgres, cannot enter root's own home.
            return new ModelDirectory(Path.of("/var/lib/livepatch"));
        }
        String data = Optional.of(environment.getOrDefault("XDG_DATA_HOME", ""))
                .filter(it -> !it.isBlank())
                .orElseGet(() -> environment.getOrDefault("HOME", "") + "/.local/share");
        return new ModelDirectory(Path.of(data, "livepatch"));
    }

    public Path socket() {
        return socket(root);
    }

    private static Path socket(Path root) {
        return root.resolve("controller.sock");
    }

    /** The control socket of the supervisor, which runs the controller and all units. */
    public Path supervisorSocket() {
        return root.resolve("supervisor.sock");
    }

    /** The supervisor's configuration, with the controller as its only worker; commands write it. */
    public Path supervisorFile() {
        return root.resolve("supervisor.yaml");
    }

    /** The name of the service of systemd that runs the supervisor; absent if commands start it themselves. */
    public Path systemdUnit() {
        return root.resolve("systemd-unit");
    }

    public Path supervisorLog() {
        return root.resolve("supervisor.log");
    }

    public Path model() {
        return root.resolve("model.json");
    }

    public Path modelLock() {
        return root.resolve("model.json.lock");
    }

    /** Locked by a command while it starts the supervisor or changes its file. */
    public Path startLock() {
        return root.resolve("start.lock");
    }

    /** The controller's standard output and error, for failures before its log is open. */
    public Path controllerLog() {
        return root.resolve("controller.log");
    }

    /** The log of the controller and the charms. */
    public Path debugLog() {
        return root.resolve("debug.log");
    }

    public ReleaseStore releases() {
        return new ReleaseStore(root.resolve("releases"));
    }

    public Path units() {
        return root.resolve("units");
    }

    public Path unit(UnitName unit) {
        return units().resolve(unit.fileName());
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
