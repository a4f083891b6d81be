package io.livepatch.supervisor.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Wraps a worker's command into the programs that put it where it can be controlled. Each replaces the one before it (exec),
 * so all have one pid:
 *
 * <pre>
 *   setsid ─▶ setpriv ─▶ sh (the gate) ─▶ the command
 *     │         │          └ waits for our pid on its input; goes on only if that still is its parent
 *     │         └ user and groups, then the parent-death signal: a change of user would clear one set before
 *     └ a session and process group of its own
 * </pre>
 *
 * The gate closes two gaps: nothing of the worker runs before the {@link Warden} watches its session, and a parent that died
 * before the parent-death signal was set is noticed.
 */
final class CommandLine {

    /** Constant; the command comes as {@code "$@"} and is not evaluated. */
    private static final String GATE = "read -r parent && [ \"$parent\" = \"$PPID\" ] && exec \"$@\" </dev/null";

    private final Tools tools;

    CommandLine(Tools tools) {
        this.tools = tools;
    }

    List<String> of(Processes.Start start) throws CannotStartException {
        if (!Files.isDirectory(start.surroundings().directory())) {
            throw new CannotStartException("its working directory '%s' is not there"
                    .formatted(start.surroundings().directory()));
        }
        Path program = program(start);
        List<String> line = new ArrayList<>();
        line.add(tools.setsid().toString());
        line.add(tools.setpriv().toString());
        if (start.surroundings().user().isPresent()) {
            line.addAll(switchTo(start.surroundings().user().orElseThrow()));
        }
        line.addAll(List.of("--pdeathsig", start.surroundings().parentDeathSignal(), "--"));
        line.addAll(List.of(tools.sh().toString(), "-c", GATE, "gate", program.toString()));
        line.addAll(start.command().subList(1, start.command().size()));
        return line;
    }

    private static Path program(Processes.Start start) throws CannotStartException {
        String name = start.command().getFirst();
        if (name.contains("/")) {
            Path path = start.surroundings().directory().resolve(name);
            if (!Files.exists(path)) {
                throw new CannotStartException("no such file; is it installed?");
            }
            return executable(path).orElseThrow(() -> new CannotStartException("not an executable file; see its mode"));
        }
        String path = start.environment().getOrDefault("PATH", "");
        for (String place : path.split(":", -1)) {
            Optional<Path> found =
                    executable(start.surroundings().directory().resolve(place).resolve(name));
            if (found.isPresent()) {
                return found.orElseThrow();
            }
        }
        throw new CannotStartException("no such file in PATH '%s'; is it installed?".formatted(path));
    }

    private static Optional<Path> executable(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path) ? Optional.of(path) : Optional.empty();
    }

    private List<String> switchTo(String user) throws CannotStartException {
        String me = System.getProperty("user.name");
        if (user.equals(me)) {
            return List.of();
        }
        if (!"root".equals(me)) {
            throw new CannotStartException("only root may start it as user '%s', and this is '%s'".formatted(user, me));
        }
        return List.of("--reuid", user, "--regid", primaryGroup(user), "--init-groups");
    }

    /** Asks {@code id}, since users need not be in {@code /etc/passwd}. */
    private String primaryGroup(String user) throws CannotStartException {
        try {
            Process id = new ProcessBuilder(tools.id().toString(), "-g", "--", user)
                    .redirectErrorStream(true)
                    .start();
            if (!id.waitFor(10, TimeUnit.SECONDS)) {
                id.destroyForcibly();
                throw new CannotStartException("'id -g %s' does not end; is a directory service away?".formatted(user));
            }
            String answer = new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (id.exitValue() != 0) {
                throw new CannotStartException("there is no user '%s' (%s)".formatted(user, answer));
            }
            return answer;
        } catch (IOException e) {
            throw new CannotStartException(
                    "cannot ask for the group of user '%s': %s".formatted(user, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotStartException("interrupted while asking for the group of user '%s'".formatted(user), e);
        }
    }
}
