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
 * Makes the command line of a worker: the programs that set up its process, and its command. Each replaces the one before it
 * (exec), so all have one pid; those in brackets are used only if the spec needs them:
 *
 * <pre>
 *   setsid ─▶ [prlimit ─▶ nice ─▶ taskset] ─▶ setpriv ─▶ env ─▶ sh (the gate) ─▶ the command
 *     │          │                               │         │      └ reads our pid from its input and exits unless that is its
 *     │          │                               │         │        parent; sets the score for the OOM killer and the umask
 *     │          │                               │         └ default signal dispositions: what this JVM was started to ignore,
 *     │          │                               │           as by nohup, would stay ignored
 *     │          │                               └ user and groups, then the parent-death signal, which a change of user
 *     │          │                                 clears
 *     │          └ before the change of user: only root may raise limits and lower the niceness
 *     └ a session and process group of its own
 * </pre>
 *
 * The gate prevents two races: the command does not run before the {@link ProcessReaper} knows its session and it is in its cgroup,
 * and a parent that died before the parent-death signal was set is detected.
 */
final class CommandLine {

    /** Constant: score, umask and command are its arguments and are not evaluated. */
    private static final String GATE = """
            read -r parent && [ "$parent" = "$PPID" ] || exit
            { echo "$1" > /proc/self/oom_score_adj; } 2>/dev/null
            [ "$2" = - ] || umask "$2"
            shift 2
            exec "$@" </dev/null""";

    private final SystemTools tools;
    private final PrivilegeCheck privilegeCheck;

    CommandLine(SystemTools tools) {
        this.tools = tools;
        this.privilegeCheck = new PrivilegeCheck(tools);
    }

    List<String> of(Processes.Start start) throws CannotStartException {
        ProcessEnvironment environment = start.surroundings();
        if (!Files.isDirectory(environment.directory())) {
            throw new CannotStartException(
                    "its working directory '%s' does not exist".formatted(environment.directory()));
        }
        Path program = program(start);
        List<String> line = new ArrayList<>();
        line.add(tools.setsid().toString());
        line.addAll(wrappers(start));
        line.add(tools.setpriv().toString());
        if (environment.user().isPresent()) {
            line.addAll(privilegeCheck.userOptions(environment.user().orElseThrow()));
        }
        line.addAll(List.of("--pdeathsig", environment.parentDeathSignal(), "--"));
        line.addAll(List.of(tools.env().toString(), "--default-signal"));
        line.addAll(List.of(tools.sh().toString(), "-c", GATE, "gate", OomScore.ofWorkers()));
        line.addAll(List.of(environment.umask().orElse("-"), program.toString()));
        line.addAll(start.command().subList(1, start.command().size()));
        return line;
    }

    private List<String> wrappers(Processes.Start start) throws CannotStartException {
        ProcessEnvironment environment = start.surroundings();
        List<String> line = new ArrayList<>();
        if (start.hardOpenFiles().isPresent()) {
            int limit = start.hardOpenFiles().getAsInt();
            privilegeCheck.requireOpenFiles(limit);
            line.addAll(List.of(tools.prlimit().toString(), "--nofile=%d:%d".formatted(limit, limit)));
        }
        if (environment.nice().isPresent()) {
            int niceness = environment.nice().getAsInt();
            privilegeCheck.requireNiceness(niceness);
            line.addAll(List.of(tools.nice().toString(), "-n", Integer.toString(niceness)));
        }
        if (environment.cpus().isPresent()) {
            String cpus = environment.cpus().orElseThrow();
            CpuList.requireOnline(cpus);
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
        for (String directory : path.split(":", -1)) {
            Optional<Path> found = executable(
                    start.surroundings().directory().resolve(directory).resolve(name));
            if (found.isPresent()) {
                return found.orElseThrow();
            }
        }
        throw new CannotStartException("no such file in PATH '%s'; is it installed?".formatted(path));
    }

    private static Optional<Path> executable(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path) ? Optional.of(path) : Optional.empty();
    }

    /** The kernel's preference when memory runs out, see {@code oom_score_adj} in proc(5). */
    private static final class OomScore {

        private static final Path OWN = Path.of("/proc/self/oom_score_adj");

        /** A tenth of the memory: any worker is then killed before this JVM, whose end would end all workers. */
        private static final int MORE_THAN_OWN = 100;

        private static final int MAX = 1000;

        private OomScore() {}

        static String ofWorkers() {
            try {
                int own = Integer.parseInt(Procfs.read(OWN).strip());
                return Integer.toString(Math.min(MAX, own + MORE_THAN_OWN));
            } catch (IOException | NumberFormatException unknown) {
                return Integer.toString(MORE_THAN_OWN);
            }
        }
    }

    /** A CPU list in the syntax of the kernel and {@code taskset}, such as {@code 0,2-3}. */
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

        /** The kernel accepts a set with at least one online processor, and rejects others with only "invalid argument". */
        static void requireOnline(String list) throws CannotStartException {
            try {
                String online = Procfs.read(ONLINE).strip();
                if (!parse(list).intersects(parse(online))) {
                    throw new CannotStartException(
                            "of the processors %s none is online; there are %s".formatted(list, online));
                }
            } catch (IOException | NumberFormatException unknown) {
                // Without sysfs only taskset can check the list.
                return;
            }
        }
    }
}
