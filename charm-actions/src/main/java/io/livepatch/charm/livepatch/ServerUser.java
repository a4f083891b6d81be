package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.SystemUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Who runs the server and its tools, and owns the files that they read and write.
 *
 * @param user empty if the substrate does not run as root: it can run programs as itself only
 */
record ServerUser(Optional<SystemUser> user) {
    private static final String NAME = "livepatch";
    private static final String STORE = "patch-storage.filesystem-path";
    private static final String CACHE = "patch-cache.path";
    private static final String AUTHORITY = "patch-storage.s3-ca-file";

    static ServerUser get() {
        return new ServerUser(ExternalProgram.isRoot() ? Optional.of(new SystemUser(NAME)) : Optional.empty());
    }

    Optional<String> name() {
        return user.map(SystemUser::name);
    }

    boolean missing() {
        return user.filter(it -> !it.exists()).isPresent();
    }

    void create() {
        user.ifPresent(SystemUser::create);
    }

    void write(Path file, String content) {
        PrivateFile.write(file, content, name());
    }

    /** Whether a file belongs to the user, or does not exist. */
    boolean owns(Path file) {
        try {
            return user.isEmpty()
                    || !Files.exists(file)
                    || Files.getOwner(file).getName().equals(user.get().name());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the owner of '" + file + "': " + e.getMessage(), e);
        }
    }

    /** Gives the user what an earlier release of the server, which ran as root, has written in the unit's directory. */
    void takeOver(Unit unit) {
        user.ifPresent(it -> Stream.of(LivepatchYaml.patches(unit), LivepatchYaml.cache(unit))
                .filter(Files::exists)
                .forEach(it::own));
    }

    /** Creates the operator's directories that do not exist, as the server would if it ran as root. */
    void createDirectories(LivepatchYaml target, Path unitDirectory) {
        user.ifPresent(it -> operatorDirectories(target, unitDirectory).values().stream()
                .filter(path -> !Files.exists(path))
                .forEach(path -> {
                    PrivateFile.directory(path, "rwx------");
                    PrivateFile.give(path, it.name());
                }));
    }

    /**
     * Why the user cannot run the server with this configuration, and what to do.
     *
     * @param javaHome of the server
     */
    Optional<String> obstacle(Unit unit, LivepatchYaml target, Path javaHome) {
        return user.flatMap(it -> it.cannotEnter(unit.directory())
                .or(() -> unusable(it, unit.program(LivepatchExecutor.SERVICE), "-x"))
                .or(() -> unusable(it, javaHome.resolve("bin/java"), "-x"))
                .or(() -> operatorDirectories(target, unit.directory()).entrySet().stream()
                        .filter(entry -> !it.passes(entry.getValue(), "-r", "-w", "-x"))
                        .map(entry -> "user '" + it.name() + "' cannot read and write '" + entry.getValue() + "' ("
                                + entry.getKey() + "); run: chown -R " + it.name() + ": " + entry.getValue()
                                + ", and let all users enter the directories above it")
                        .findFirst())
                .or(() -> Optional.of(target.text(AUTHORITY))
                        .filter(file -> !file.isBlank())
                        .flatMap(file -> unusable(it, Path.of(file), "-r"))));
    }

    private static Optional<String> unusable(SystemUser user, Path file, String operator) {
        return user.passes(file, operator)
                ? Optional.empty()
                : Optional.of("user '" + user.name() + "' cannot " + (operator.equals("-x") ? "execute" : "read") + " '"
                        + file + "'; let all users do so and enter the directories above it");
    }

    /** The directories outside of the unit's that the server writes to, by option. */
    private static Map<String, Path> operatorDirectories(LivepatchYaml target, Path unitDirectory) {
        Map<String, Path> directories = new TreeMap<>();
        directories.put(CACHE, Path.of(target.text(CACHE)));
        if (target.text(PatchStorage.TYPE).equals(PatchStorage.FILESYSTEM)) {
            directories.put(STORE, Path.of(target.text(STORE)));
        }
        directories.values().removeIf(path -> path.startsWith(unitDirectory));
        return directories;
    }
}
