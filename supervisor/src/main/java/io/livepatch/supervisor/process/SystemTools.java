package io.livepatch.supervisor.process;

import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.process.Processes.CannotStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The programs of a Linux system that starting a worker needs; the others only when a worker's spec asks for what they do. */
record SystemTools(List<Path> places, Path sh, Path setsid, Path setpriv, Path id) {

    private static final List<Path> PLACES = List.of(Path.of("/usr/bin"), Path.of("/bin"));

    static SystemTools find() {
        return find(PLACES);
    }

    static SystemTools find(List<Path> places) {
        return new SystemTools(
                places,
                required(places, "sh"),
                required(places, "setsid"),
                required(places, "setpriv"),
                required(places, "id"));
    }

    /** Of util-linux. */
    Path prlimit() throws CannotStartException {
        return wanted("prlimit", "util-linux", "a limit of open files");
    }

    /** Of util-linux. */
    Path taskset() throws CannotStartException {
        return wanted("taskset", "util-linux", "a CPU set");
    }

    /** Of coreutils. */
    Path nice() throws CannotStartException {
        return wanted("nice", "coreutils", "a niceness");
    }

    /** Of perl-base. */
    Optional<Path> perl() {
        return find(places, "perl");
    }

    private Path wanted(String name, String debianPackage, String what) throws CannotStartException {
        return find(places, name)
                .orElseThrow(() -> new CannotStartException("%s needs '%s', which is in none of %s; install %s"
                        .formatted(what, name, places, debianPackage)));
    }

    private static Path required(List<Path> places, String name) {
        return find(places, name)
                .orElseThrow(() -> new SupervisorException.Unsupported(
                        "cannot supervise processes: '%s' is in none of %s; install util-linux and coreutils"
                                .formatted(name, places)));
    }

    private static Optional<Path> find(List<Path> places, String name) {
        return places.stream()
                .map(place -> place.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
