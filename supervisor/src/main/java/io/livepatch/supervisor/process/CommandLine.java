package io.livepatch.supervisor.process;

import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.process.Processes.CannotStartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Wraps a worker's command into the programs that put it where it can be controlled. Each replaces the one before it (exec),
 * so all have one pid; those in brackets are there only where the spec asks for them:
 *
 * <pre>
 *   setsid ─▶ [prlimit ─▶ nice ─▶ taskset] ─▶ setpriv ─▶ sh (the gate) ─▶ the command
 *     │          │                               │          └ waits for our pid on its input; goes on only if that still is
 *     │          │                               │            its parent; sets the umask
 *     │          │                               └ user and groups, then the parent-death signal: a change of user would
 *     │          │                                 clear one set before
 *     │          └ before the change of user: only root may raise the one and lower the other
 *     └ a session and process group of its own
 * </pre>
 *
 * The gate closes two gaps: nothing of the worker runs before the {@link ProcessReaper} watches its session and its cgroup holds it,
 * and a parent that died before the parent-death signal was set is noticed.
 */
final class CommandLine {

    /** Constant; umask and command come as {@code "$@"} and are not evaluated. */
    private static final String GATE = """
            read -r parent && [ "$parent" = "$PPID" ] || exit
            [ "$1" = - ] || umask "$1"
            shift
            exec "$@" </dev/null""";

    private final SystemTools tools;
    private final PrivilegeCheck privilegeCheck;

    CommandLine(SystemTools tools) {
        this.tools = tools;
        this.privilegeCheck = new PrivilegeCheck(tools);
    }

    List<String> of(Processes.Start start) throws CannotStartException {
        ProcessEnvironment processEnvironment = start.surroundings();
        if (!Files.isDirectory(processEnvironment.directory())) {
            throw new CannotStartException(
                    "its working directory '%s' is not there".formatted(processEnvironment.directory()));
        }
        Path program = program(start);
        List<String> line = new ArrayList<>();
        line.add(tools.setsid().toString());
        line.addAll(wrappers(start));
        line.add(tools.setpriv().toString());
        if (processEnvironment.user().isPresent()) {
            line.addAll(privilegeCheck.switchTo(processEnvironment.user().orElseThrow()));
        }
        line.addAll(List.of("--pdeathsig", processEnvironment.parentDeathSignal(), "--"));
        line.addAll(List.of(
                tools.sh().toString(),
                "-c",
                GATE,
                "gate",
                processEnvironment.umask().orElse("-"),
                program.toString()));
        line.addAll(start.command().subList(1, start.command().size()));
        return line;
    }

    private List<String> wrappers(Processes.Start start) throws CannotStartException {
        ProcessEnvironment processEnvironment = start.surroundings();
        List<String> line = new ArrayList<>();
        if (start.hardOpenFiles().isPresent()) {
            int most = start.hardOpenFiles().getAsInt();
            privilegeCheck.requireOpenFiles(most);
            line.addAll(List.of(tools.prlimit().toString(), "--nofile=%d:%d".formatted(most, most)));
        }
        if (processEnvironment.nice().isPresent()) {
            int niceness = processEnvironment.nice().getAsInt();
            privilegeCheck.requireNiceness(niceness);
            line.addAll(List.of(tools.nice().toString(), "-n", Integer.toString(niceness)));
        }
        if (processEnvironment.cpus().isPresent()) {
            String cpus = processEnvironment.cpus().orElseThrow();
            CpuList.requireSome(cpus);
            line.addAll(List.of(tools.taskset().toString(), "--cpu-list", cpus));
        }
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

    /** Processors as the kernel and {@code taskset} write them, such as {@code 0,2-3}. */
    static final class CpuList {

        private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");

        private CpuList() {}

        static BitSet parse(String list) {
            BitSet cpus = new BitSet();
            for (String range : list.strip().split(",", -1)) {
                String[] ends = range.split("-", 2);
                int first = Integer.parseInt(ends[0]);
                int last = Integer.parseInt(ends[ends.length - 1]);
                cpus.set(Math.min(first, last), Math.max(first, last) + 1);
            }
            return cpus;
        }

        /** The kernel accepts a set if one of its processors is online, and refuses others with no more than "invalid argument". */
        static void requireSome(String list) throws CannotStartException {
            try {
                String online = ProcFile.read(ONLINE).strip();
                if (!parse(list).intersects(parse(online))) {
                    throw new CannotStartException(
                            "of the processors %s none is online; there are %s".formatted(list, online));
                }
            } catch (IOException | NumberFormatException unknown) {
                // Without sysfs only taskset itself can tell.
                return;
            }
        }
    }
}
