package io.livepatch.supervisor.process;

import io.livepatch.supervisor.SupervisorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The programs of a Linux system that starting a worker needs. */
record Tools(Path sh, Path setsid, Path setpriv, Path id) {

    private static final List<Path> PLACES = List.of(Path.of("/usr/bin"), Path.of("/bin"));

    static Tools find() {
        return new Tools(find("sh"), find("setsid"), find("setpriv"), find("id"));
    }

    private static Path find(String name) {
        return PLACES.stream()
                .map(place -> place.resolve(name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new SupervisorException.Unsupported(
                        "cannot supervise processes: '%s' is in none of %s; install util-linux and coreutils"
                                .formatted(name, PLACES)));
    }
}
