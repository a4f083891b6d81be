package io.livepatch.supervisor.process;

import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.process.Processes.CannotStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The system programs that start workers; those that only some specs need are looked up on use. */
record SystemTools(List<Path> directories, Path sh, Path env, Path setsid, Path setpriv, Path id) {

    private static final List<Path> DIRECTORIES = List.of(Path.of("/usr/bin"), Path.of("/bin"));

    static SystemTools find() {
        return find(DIRECTORIES);
    }

    static SystemTools find(List<Path> directories) {
        return new SystemTools(
                directories,
                required(directories, "sh"),
                required(directories, "env"),
                required(directories, "setsid"),
                required(directories, "setpriv"),
                required(directories, "id"));
    }

    Path prlimit() throws CannotStartException {
        return optional("prlimit", "util-linux", "a limit of open files");
    }

    Path taskset() throws CannotStartException {
        return optional("taskset", "util-linux", "a CPU set");
    }

    Path nice() throws CannotStartException {
        return optional("nice", "coreutils", "a niceness");
    }

    Optional<Path> perl() {
        return find(directories, "perl");
    }

    private Path optional(String name, String debianPackage, String what) throws CannotStartException {
        return find(directories, name)
                .orElseThrow(() -> new CannotStartException("%s needs '%s', which is in none of %s; install %s"
                        .formatted(what, name, directories, debianPackage)));
    }

    private static Path required(List<Path> directories, String name) {
        return find(directories, name)
                .orElseThrow(() -> new SupervisorException.Unsupported(
                        "cannot supervise processes: '%s' is in none of %s; install util-linux and coreutils"
                                .formatted(name, directories)));
    }

    private static Optional<Path> find(List<Path> directories, String name) {
        return directories.stream()
                .map(directory -> directory.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
