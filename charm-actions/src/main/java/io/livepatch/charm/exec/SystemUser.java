package io.livepatch.charm.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A user of this machine that a service runs as. All but {@link #exists} needs root. */
public record SystemUser(String name) {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(10);
    /** For a directory with millions of files on a slow disk. */
    private static final Duration OWN_TIMEOUT = Duration.ofMinutes(30);

    /** Two concurrent {@code useradd} of one name give it two ids, of which the second stays. Only root can open the file. */
    private static final String LOCKED_FILE = "/etc/shadow";

    private static final String CREATE =
            "id -u -- \"$1\" >/dev/null 2>&1 || exec /usr/sbin/useradd --system --no-create-home"
                    + " --home-dir /nonexistent --shell /usr/sbin/nologin -- \"$1\"";

    public boolean exists() {
        try {
            var _ = FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
            return true;
        } catch (UserPrincipalNotFoundException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look up user '" + name + "': " + e.getMessage(), e);
        }
    }

    /** Creates it without a home and a password, unless it exists. */
    public void create() {
        ExternalProgram.of("flock", LOCKED_FILE, "sh", "-c", CREATE, "useradd", name)
                .runOrThrow();
    }

    /** Gives a directory, and what root owns in it, to the user. Follows no links in it. */
    public void own(Path directory) {
        // Not by Java: a process of the user could replace a directory by a link between the visit and the change.
        ExternalProgram.of("chown", "-R", "--no-dereference", "--from=root", name + ":", "--", real(directory))
                .withTimeout(OWN_TIMEOUT)
                .runOrThrow();
    }

    private static String real(Path directory) {
        try {
            return directory.toRealPath().toString();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot find '" + directory + "': " + e.getMessage(), e);
        }
    }

    /** Whether {@code test(1)} with these operators, such as {@code -w}, is true of a path for the user. */
    public boolean passes(Path path, String... operators) {
        List<String> command = new ArrayList<>(List.of("test"));
        for (String operator : operators) {
            command.addAll(command.size() == 1 ? List.of() : List.of("-a"));
            command.addAll(List.of(operator, path.toString()));
        }
        return ExternalProgram.of(command)
                .as(Optional.of(name))
                .withTimeout(PROBE_TIMEOUT)
                .run()
                .ok();
    }

    /** Why its processes cannot use files in a directory, such as a unit's. */
    public Optional<String> cannotEnter(Path directory) {
        return passes(directory, "-x")
                ? Optional.empty()
                : Optional.of("user '" + name + "' cannot enter '" + directory
                        + "'; let all users enter the directories above it, or move it below others, such as /var/lib");
    }
}
